// A witness of transparency logs, strict on its specifications, https://c2sp.org/tlog-witness and
// https://c2sp.org/tlog-cosignature: it keeps the newest checkpoint of each log that it knows, and cosigns the next one
// where that is proved to continue it. Notes and proofs are read by the Go project's own code, which checks Go's module
// checksums; with the logs that it is asked about, and their clients, it shares none.
//
//	witness folder name
//
// It knows the logs whose keys stand in folder/logs, and serves on a free port with the certificate that it puts there.
// It prints its line of a policy (https://c2sp.org/tlog-policy), and then a line for each answer: the status and why.
package main

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	cosignatureV1 = 4  // the type of the key, which its id is made with
	mostHashes    = 63 // of a consistency proof
	path          = "/of/logs/add-checkpoint"
)

type witness struct {
	folder, name string
	key          ed25519.PrivateKey
	one          sync.Mutex // from reading what was cosigned last to keeping what is next
}

// refusal is an answer without a cosignature.
type refusal struct {
	status int
	why    string
	size   int64 // that was cosigned last, of status 409
}

func (r *refusal) Error() string { return r.why }

func refuse(status int, format string, values ...interface{}) error {
	return &refusal{status: status, why: fmt.Sprintf(format, values...)}
}

// request is what add-checkpoint is asked: the old size, a proof, an empty line and the checkpoint.
type request struct {
	old        int64
	proof      tlog.TreeProof
	checkpoint string
}

func parse(body string) (asked request, err error) {
	head, checkpoint, found := strings.Cut(body, "\n\n")
	lines := strings.Split(head, "\n")
	digits := strings.TrimPrefix(lines[0], "old ")
	asked.old, err = strconv.ParseInt(digits, 10, 64)
	if !found || err != nil || asked.old < 0 || lines[0] != fmt.Sprintf("old %d", asked.old) {
		return asked, refuse(400, "the body does not begin with an old size and a proof: %q", head)
	}
	if len(lines)-1 > mostHashes {
		return asked, refuse(400, "a proof of %d hashes", len(lines)-1)
	}
	for _, line := range lines[1:] {
		hash, err := tlog.ParseHash(line)
		if err != nil || hash.String() != line {
			return asked, refuse(400, "no hash: %q", line)
		}
		asked.proof = append(asked.proof, hash)
	}
	asked.checkpoint = checkpoint
	return asked, nil
}

// knows gives the keys that are trusted for a log.
func (w *witness) knows(origin string) (keys []note.Verifier, err error) {
	text, err := os.ReadFile(filepath.Join(w.folder, "logs"))
	if err != nil {
		return nil, err
	}
	for _, word := range strings.Fields(string(text)) {
		key, err := note.NewVerifier(word)
		if err != nil {
			return nil, err
		}
		if key.Name() == origin {
			keys = append(keys, key)
		}
	}
	return keys, nil
}

// open reads a checkpoint that one of the log's keys has signed: its text, and the tree that it is of.
func (w *witness) open(checkpoint string) (origin, text string, tree tlog.Tree, err error) {
	origin, _, _ = strings.Cut(checkpoint, "\n")
	keys, err := w.knows(origin)
	if err != nil {
		return "", "", tree, err
	}
	if len(keys) == 0 {
		return "", "", tree, refuse(404, "the log %q is not known", origin)
	}
	signed, err := note.Open([]byte(checkpoint), note.VerifierList(keys...))
	var unknown *note.UnverifiedNoteError
	var invalid *note.InvalidSignatureError
	if errors.As(err, &unknown) || errors.As(err, &invalid) {
		return "", "", tree, refuse(403, "the checkpoint is not signed with a key of %q: %v", origin, err)
	}
	if err != nil {
		return "", "", tree, refuse(400, "no signed note: %v", err)
	}
	// Apart from its first line a checkpoint is what Go's own log signs.
	_, rest, _ := strings.Cut(signed.Text, "\n")
	if tree, err = tlog.ParseTree([]byte("go.sum database tree\n" + rest)); err != nil {
		return "", "", tree, refuse(400, "no checkpoint: %v", err)
	}
	return origin, signed.Text, tree, nil
}

// place is where the newest checkpoint of a log is kept.
func (w *witness) place(origin string) string {
	name := sha256.Sum256([]byte(origin))
	return filepath.Join(w.folder, hex.EncodeToString(name[:]))
}

func (w *witness) last(origin string) (tlog.Tree, error) {
	checkpoint, err := os.ReadFile(w.place(origin))
	if errors.Is(err, os.ErrNotExist) {
		return tlog.Tree{N: 0, Hash: sha256.Sum256(nil)}, nil
	}
	if err != nil {
		return tlog.Tree{}, err
	}
	_, _, tree, err := w.open(string(checkpoint))
	return tree, err
}

func (w *witness) keep(origin, checkpoint string) error {
	next := w.place(origin) + ".next"
	if err := os.WriteFile(next, []byte(checkpoint), 0o600); err != nil {
		return err
	}
	return os.Rename(next, w.place(origin))
}

// continues says why a tree does not continue the one that was cosigned last.
func continues(asked request, last, next tlog.Tree) error {
	switch {
	case asked.old > next.N:
		return refuse(400, "from %d entries back to %d", asked.old, next.N)
	case asked.old != last.N:
		return &refusal{409, fmt.Sprintf("old %d of %d", asked.old, last.N), last.N}
	case last.N == next.N && last.Hash != next.Hash:
		return &refusal{409, fmt.Sprintf("another tree of %d", last.N), last.N}
	case last.N == next.N || last.N == 0:
		if len(asked.proof) > 0 {
			return refuse(422, "a proof where there is nothing to prove")
		}
	default:
		if err := tlog.CheckTree(asked.proof, next.N, next.Hash, last.N, last.Hash); err != nil {
			return refuse(422, "from %d to %d: %v", last.N, next.N, err)
		}
	}
	return nil
}

// id is the key's, as the specification of cosignatures has it.
func (w *witness) id() []byte {
	sum := sha256.Sum256(append([]byte(w.name+"\n"), w.typed()...))
	return sum[:4]
}

func (w *witness) typed() []byte {
	return append([]byte{cosignatureV1}, w.key.Public().(ed25519.PublicKey)...)
}

func (w *witness) cosign(text string, at uint64) string {
	line := w.id()
	line = binary.BigEndian.AppendUint64(line, at)
	line = append(line, ed25519.Sign(w.key, []byte(fmt.Sprintf("cosignature/v1\ntime %d\n%s", at, text)))...)
	return fmt.Sprintf("— %s %s\n", w.name, base64.StdEncoding.EncodeToString(line))
}

func (w *witness) addCheckpoint(body string) (cosignature, did string, err error) {
	asked, err := parse(body)
	if err != nil {
		return "", "", err
	}
	w.one.Lock()
	defer w.one.Unlock()
	origin, text, tree, err := w.open(asked.checkpoint)
	if err != nil {
		return "", "", err
	}
	last, err := w.last(origin)
	if err != nil {
		return "", "", err
	}
	if err := continues(asked, last, tree); err != nil {
		return "", "", err
	}
	if err := w.keep(origin, asked.checkpoint); err != nil {
		return "", "", err
	}
	return w.cosign(text, uint64(time.Now().Unix())), fmt.Sprintf("%d %d", asked.old, tree.N), nil
}

func (w *witness) ServeHTTP(out http.ResponseWriter, in *http.Request) {
	body, err := io.ReadAll(io.LimitReader(in.Body, 1<<16))
	var answer, did string
	if err == nil && (in.Method != http.MethodPost || in.URL.Path != path) {
		err = refuse(400, "%s %s", in.Method, in.URL.Path)
	} else if err == nil {
		answer, did, err = w.addCheckpoint(string(body))
	}
	var refused *refusal
	switch {
	case err == nil:
		fmt.Println(200, did)
	case errors.As(err, &refused):
		fmt.Println(refused.status, refused.why)
		if refused.status == http.StatusConflict {
			out.Header().Set("Content-Type", "text/x.tlog.size")
			answer = fmt.Sprintf("%d\n", refused.size)
		}
		out.WriteHeader(refused.status)
	default:
		fmt.Println(500, err)
		out.WriteHeader(500)
	}
	io.WriteString(out, answer)
}

// certificate makes one for this machine, and puts it where clients find it.
func certificate(file string) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	shape := x509.Certificate{
		SerialNumber:          big.NewInt(1),
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(24 * time.Hour),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
		IsCA:                  true,
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	made, err := x509.CreateCertificate(rand.Reader, &shape, &shape, key.Public(), key)
	if err != nil {
		return tls.Certificate{}, err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: made})
	return tls.Certificate{Certificate: [][]byte{made}, PrivateKey: key}, os.WriteFile(file, text, 0o600)
}

func serve(folder, name string) error {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	w := &witness{folder: folder, name: name, key: key}
	shown, err := certificate(filepath.Join(folder, "certificate.pem"))
	if err != nil {
		return err
	}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{shown}})
	if err != nil {
		return err
	}
	fmt.Printf("witness w1 %s+%x+%s https://%s%s\n", name, w.id(), base64.StdEncoding.EncodeToString(w.typed()),
		listener.Addr(), strings.TrimSuffix(path, "/add-checkpoint"))
	return http.Serve(listener, w)
}

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: witness folder name")
	}
	log.Fatal(serve(os.Args[1], os.Args[2]))
}
