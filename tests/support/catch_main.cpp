// Catch2 2 wants its main() compiled somewhere; Catch2 3 brings a library for it.
#define CATCH_CONFIG_MAIN
#include "tests/support/catch.h"
