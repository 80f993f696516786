#include "app/commands.h"

int main(int argc, char** argv) { return cordon::app::run_command(argc, argv); }
