#include "engine/train/tensor_memory.h"

#include "tests/support/catch.h"

#include <c10/core/CPUAllocator.h>
#include <torch/torch.h>

#include <algorithm>
#include <cstdint>
#include <set>
#include <thread>
#include <vector>

using namespace convscope;

namespace {

// For as long as it lives.
struct Kept {
    Kept() { keep_tensor_memory(); }
    ~Kept() {
        release_kept_tensor_memory();
        c10::SetCPUAllocator(before, /*priority=*/1);
    }
    c10::Allocator* before = c10::GetCPUAllocator();
};

std::uintptr_t place(const torch::Tensor& tensor) { return reinterpret_cast<std::uintptr_t>(tensor.data_ptr()); }

}  // namespace

TEST_CASE("a tensor takes the memory of an earlier one of about its size, and never that of one that lives") {
    const Kept kept;
    std::uintptr_t first = 0;
    {
        const torch::Tensor tensor = torch::zeros({1'000'000});
        first = place(tensor);
    }
    const torch::Tensor again = torch::ones({1'000'100});
    CHECK(place(again) == first);
    std::vector<torch::Tensor> living{again};
    std::set<std::uintptr_t> places{first};
    for (std::int64_t size = 1; size < 3'000'000; size = size * 3 / 2 + 1) {
        living.push_back(torch::full({size}, static_cast<double>(size)));
        CHECK(place(living.back()) % 64 == 0);
        CHECK(places.insert(place(living.back())).second);
    }
    CHECK(again.eq(1).all().item<bool>());
    for (std::size_t i = 1; i < living.size(); ++i)
        CHECK(living[i].eq(static_cast<double>(living[i].numel())).all().item<bool>());
}

TEST_CASE("tensors without values, and such that grow, are as they were") {
    const Kept kept;
    CHECK(torch::empty({0}).numel() == 0);
    torch::Tensor growing = torch::arange(10);
    growing.resize_({100'000});
    CHECK(growing[9].item<int>() == 9);
    CHECK(torch::cat({growing.narrow(0, 0, 10), torch::arange(3)}).numel() == 13);
}

TEST_CASE("what grows leaves none of its earlier sizes behind, while sizes that come back are kept") {
    const Kept kept;
    constexpr std::int64_t kSteady = 300'000;
    std::uintptr_t steady = 0;
    {
        const torch::Tensor tensor = torch::empty({kSteady});
        steady = place(tensor);
    }
    std::size_t most = 0;
    std::int64_t size = 1'000'000;
    for (std::size_t request = 0; request < 40 * kTensorMemoryGeneration; ++request) {
        const bool steadily = request % 10 != 0;
        const torch::Tensor tensor = torch::empty({steadily ? kSteady : size});
        if (steadily) REQUIRE(place(tensor) == steady);
        if (!steadily) size += 100;
        if (request > 2 * kTensorMemoryGeneration) most = std::max(most, kept_tensor_memory());
    }
    // From 4 MB to 109 MB in a hundred steps of an eighth: no more than two generations' sizes at a time.
    CHECK(size > 25'000'000);
    CHECK(most < 4 * 4 * static_cast<std::size_t>(size));
}

TEST_CASE("a burst of pieces of one size is given back, but for as many as are used at a time") {
    const Kept kept;
    std::vector<torch::Tensor> burst;
    for (int i = 0; i < 100; ++i) burst.push_back(torch::empty({100'000}));
    burst.clear();
    const std::size_t all = kept_tensor_memory();
    for (std::size_t request = 0; request < 3 * kTensorMemoryGeneration; ++request) {
        const torch::Tensor one = torch::empty({100'000});
        const torch::Tensor other = torch::empty({100'000});
    }
    CHECK(kept_tensor_memory() <= all / 100 * 3);
    CHECK(kept_tensor_memory() >= all / 100 * 2);
}

TEST_CASE("threads that make and drop tensors at the same time keep their values apart") {
    const Kept kept;
    std::vector<std::thread> threads;
    std::vector<int> wrong(4, 0);
    for (std::size_t t = 0; t < wrong.size(); ++t)
        threads.emplace_back([&, t] {
            for (int i = 0; i < 300; ++i) {
                const double value = static_cast<double>(t) * 1000.0 + i;
                const torch::Tensor tensor = torch::full({1000 + i % 7 * 5000}, value);
                wrong[t] += tensor.eq(value).all().item<bool>() ? 0 : 1;
            }
        });
    for (std::thread& thread : threads) thread.join();
    CHECK(wrong == std::vector<int>(4, 0));
}
