// Catch2's macros whichever version is installed: Debian 12 has 2.13 in one header, Debian 13 has 3.x.
#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Approx;
#else
#include <catch2/catch.hpp>
#endif
