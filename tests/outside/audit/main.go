// Checks a published audit log with the Go project's own readers of signed notes and of Merkle trees, those that check
// Go's module checksums: nothing here was written by whoever wrote the log.
//
//	audit https://host/audit certificate.pem name+id+key [older-checkpoint]
package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8 // of a tile: 256 hashes, or entries

// source is where the log is published. It is what tlog wants of a reader of tiles, and remembers them.
type source struct {
	base   string
	client http.Client
	kept   map[tlog.Tile][]byte
}

func (s *source) get(path string) ([]byte, error) {
	answer, err := s.client.Get(s.base + path)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s is answered with %s", path, answer.Status)
	}
	return io.ReadAll(answer.Body)
}

// tile reads a tile, or at level -1 the entries that it stands for. Go's paths name the height and say "data".
func (s *source) tile(t tlog.Tile) ([]byte, error) {
	path := strings.TrimPrefix(t.Path(), fmt.Sprintf("tile/%d/", height))
	return s.get("/tile/" + strings.Replace(path, "data/", "entries/", 1))
}

func (s *source) Height() int { return height }

func (s *source) ReadTiles(tiles []tlog.Tile) (read [][]byte, err error) {
	for _, t := range tiles {
		data, known := s.kept[t]
		if !known {
			if data, err = s.tile(t); err != nil {
				return nil, err
			}
		}
		read = append(read, data)
	}
	return read, nil
}

func (s *source) SaveTiles(tiles []tlog.Tile, data [][]byte) {
	for i, t := range tiles {
		s.kept[t] = data[i]
	}
}

// open reads a checkpoint that key has signed. Apart from its first line, the log's name, it is what Go's log signs.
func open(text []byte, key note.Verifier) (tlog.Tree, error) {
	signed, err := note.Open(text, note.VerifierList(key))
	if err != nil {
		return tlog.Tree{}, err
	}
	origin, rest, _ := strings.Cut(signed.Text, "\n")
	if origin != key.Name() {
		return tlog.Tree{}, fmt.Errorf("it is of the log %q", origin)
	}
	return tlog.ParseTree([]byte("go.sum database tree\n" + rest))
}

// split takes a bundle apart: each entry stands behind its length.
func split(bundle []byte) (entries [][]byte, err error) {
	for len(bundle) > 0 {
		if len(bundle) < 2 || len(bundle)-2 < int(binary.BigEndian.Uint16(bundle)) {
			return nil, fmt.Errorf("the last entry is cut off")
		}
		end := 2 + int(binary.BigEndian.Uint16(bundle))
		entries = append(entries, bundle[2:end])
		bundle = bundle[end:]
	}
	return entries, nil
}

// checkEntries proves every entry. Go's reader compares tiles with the root, but this version of it leaves some out while
// a tree is small, which is why each proof is checked too: all together they use every hash of every tile.
func checkEntries(s *source, tree tlog.Tree, hashes tlog.HashReader) error {
	for first := int64(0); first < tree.N; first += 1 << height {
		t := tlog.Tile{H: height, L: -1, N: first >> height, W: 1 << height}
		if left := tree.N - first; left < int64(t.W) {
			t.W = int(left)
		}
		bundle, err := s.tile(t)
		if err != nil {
			return err
		}
		entries, err := split(bundle)
		if err != nil || len(entries) != t.W {
			return fmt.Errorf("the bundle from entry %d on is not %d entries (%d, %v)", first, t.W, len(entries), err)
		}
		for i, entry := range entries {
			n := first + int64(i)
			proof, err := tlog.ProveRecord(tree.N, n, hashes)
			if err == nil {
				err = tlog.CheckRecord(proof, tree.N, tree.Hash, n, tlog.RecordHash(entry))
			}
			if err != nil {
				return fmt.Errorf("entry %d is not proven: %w", n, err)
			}
		}
	}
	return nil
}

// checkOlder proves that the log continues one that was seen before.
func checkOlder(older, tree tlog.Tree, hashes tlog.HashReader) error {
	if older.N > tree.N {
		return fmt.Errorf("the log has gone back from %d entries to %d", older.N, tree.N)
	}
	proof, err := tlog.ProveTree(tree.N, older.N, hashes)
	if err == nil {
		err = tlog.CheckTree(proof, tree.N, tree.Hash, older.N, older.Hash)
	}
	if err != nil {
		return fmt.Errorf("the log does not continue its first %d entries: %w", older.N, err)
	}
	return nil
}

func check(base, certificate, vkey, older string) (int64, error) {
	key, err := note.NewVerifier(vkey)
	if err != nil {
		return 0, fmt.Errorf("the key cannot be read: %w", err)
	}
	pem, err := os.ReadFile(certificate)
	if err != nil {
		return 0, err
	}
	trusted := x509.NewCertPool()
	if !trusted.AppendCertsFromPEM(pem) {
		return 0, fmt.Errorf("%s has no certificate", certificate)
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted}}
	s := &source{base, http.Client{Transport: transport, Timeout: 30 * time.Second}, map[tlog.Tile][]byte{}}

	text, err := s.get("/checkpoint")
	if err != nil {
		return 0, err
	}
	tree, err := open(text, key)
	if err != nil {
		return 0, fmt.Errorf("the checkpoint is not the log's: %w", err)
	}
	hashes := tlog.TileHashReader(tree, s)
	if older != "" {
		if text, err = os.ReadFile(older); err != nil {
			return 0, err
		}
		before, err := open(text, key)
		if err != nil {
			return 0, fmt.Errorf("the older checkpoint is not the log's: %w", err)
		}
		if err := checkOlder(before, tree, hashes); err != nil {
			return 0, err
		}
	}
	return tree.N, checkEntries(s, tree, hashes)
}

func main() {
	arguments := append(os.Args[1:], "")
	if len(arguments) < 4 || len(arguments) > 5 {
		fmt.Fprintln(os.Stderr, "usage: audit https://host/audit certificate.pem name+id+key [older-checkpoint]")
		os.Exit(1)
	}
	entries, err := check(arguments[0], arguments[1], arguments[2], arguments[3])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Printf("entries=%d\n", entries)
}
