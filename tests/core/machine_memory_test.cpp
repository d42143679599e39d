#include "engine/core/machine_memory.h"

#include "tests/support/catch.h"

#include <new>
#include <stdexcept>

using namespace convscope;

TEST_CASE("sizes of memory are written with three digits") {
    CHECK(memory_text(0) == "0 bytes");
    CHECK(memory_text(999) == "999 bytes");
    CHECK(memory_text(1000) == "1.0 kB");
    CHECK(memory_text(99'960) == "100 kB");
    CHECK(memory_text(999'600) == "1.0 MB");
    CHECK(memory_text(17.64e9) == "17.6 GB");
    CHECK(memory_text(3e18) == "3.0 EB");
    CHECK(memory_text(3e22) == "30000 EB");
}

TEST_CASE("what would take more memory than is free is refused with both sizes and the remedy") {
    CHECK(check_memory(1000, "a.toml: layer 'fc'", "use fewer features", 1000).ok());
    const Result<void> refused = check_memory(17.6e9, "a.toml: layer 'fc'", "use fewer features", 12'100'000'000);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().message ==
          "a.toml: layer 'fc' would take 17.6 GB of memory, and 12.1 GB are free; use fewer features");
}

TEST_CASE("a machine has memory, and no machine has an exabyte of it") {
    CHECK(available_memory() > 1'000'000);
    CHECK(check_memory(1000, "a thousand bytes", "").ok());
    CHECK_FALSE(check_memory(1e18, "an exabyte", "").ok());
}

TEST_CASE("an address space that is too small to compute in is a sentence, and one without limit is none") {
    CHECK(check_address_space(500'000'000).ok());
    CHECK(check_address_space().ok());
    const Result<void> refused = check_address_space(100'000'000);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().message ==
          "computing with a network would take 420 MB of memory, and 100 MB are free; allow the program more of its "
          "address space, with `ulimit -v`");
}

TEST_CASE("running out of memory is a sentence, in the system's words as in LibTorch's") {
    CHECK_THAT(sentence_of(std::bad_alloc()), contains_text("the memory is used up; close"));
    CHECK_THAT(sentence_of(std::runtime_error("[enforce fail at alloc_cpu.cpp:66] . DefaultCPUAllocator: can't "
                                              "allocate memory: you tried to allocate 17592186044 bytes. Error code "
                                              "12 (Cannot allocate memory)")),
               contains_text("the memory is used up (17.6 GB more were wanted); close"));
    CHECK_THAT(sentence_of(OutOfMemory(17'592'186'044)),
               contains_text("the memory is used up (17.6 GB more were wanted)"));
    CHECK(sentence_of(std::runtime_error("something else")) == "something else");
}
