// Text from outside: what is UTF-8, and how the rest is written so that it can be read.
#include "engine/core/utf8.h"

#include "tests/support/catch.h"

#include <string>

using namespace convscope;

TEST_CASE("text in any script is UTF-8 and stays as it is") {
    for (const std::string text : {"cat", "fünf", "έξι", "ноль", "さん", "\xF0\x9F\x90\x88", ""}) {
        CHECK(is_utf8(text));
        CHECK(readable(text) == text);
    }
}

TEST_CASE("what is not UTF-8 is written byte by byte, so that different names stay different") {
    CHECK(readable("caf\xE9") == "caf\\xe9");                // Latin-1
    CHECK(readable("\xED\xA0\x80") == "\\xed\\xa0\\x80");    // a surrogate
    CHECK(readable("\xC0\xAF\xFF") == "\\xc0\\xaf\\xff");    // longer than need be; no beginning
    CHECK(readable("\xE3\x81") == "\\xe3\\x81");             // cut off
    CHECK(readable("a\xE3z\xC3\xBC") == "a\\xe3z\xC3\xBC");  // goes on behind it
    CHECK_FALSE(is_utf8("caf\xE9"));
}

TEST_CASE("control characters cannot move the cursor of whoever prints a name") {
    CHECK(readable("a\nb\x1B[2Jc\x7F") == "a\\x0ab\\x1b[2Jc\\x7f");
    CHECK(readable("\xC2\x9B") == "\\xc2\\x9b");  // the control sequence introducer of Latin-1
}

TEST_CASE("characters are counted, not bytes") {
    CHECK(character_count("") == 0);
    CHECK(character_count("fünf") == 4);
    CHECK(character_count("さん") == 2);
}
