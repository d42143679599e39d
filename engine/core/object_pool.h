// Recycled objects behind shared_ptr: the last holder, on whatever thread, gives the object back instead of freeing it,
// and its vectors keep their capacity. In steady state acquire() allocates nothing, neither the object nor the
// shared_ptr's control block. Objects may outlive the pool.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

namespace convscope {

// T must be default-constructible and have `void recycle()`, called when the last holder lets go, on that thread: drop
// what must not be kept alive, keep what is expensive to allocate again.
template <typename T>
class ObjectPool {
public:
    // Any thread: an object as recycle() left it, or a new one.
    std::shared_ptr<T> acquire() {
        std::unique_ptr<T> object = store_->take();
        T* raw = object.release();
        return std::shared_ptr<T>(raw, GiveBack{store_}, BlockAllocator<std::byte>{store_});
    }

private:
    struct Store {
        std::mutex mutex;
        std::vector<std::unique_ptr<T>> idle;
        std::vector<void*> blocks;  // free control blocks, all of block_size bytes
        std::size_t block_size = 0;

        ~Store() {
            for (void* block : blocks) ::operator delete(block);
        }
        std::unique_ptr<T> take() {
            {
                std::lock_guard lock(mutex);
                if (!idle.empty()) {
                    std::unique_ptr<T> object = std::move(idle.back());
                    idle.pop_back();
                    return object;
                }
            }
            return std::make_unique<T>();
        }
        void give_back(std::unique_ptr<T> object) {
            object->recycle();
            std::lock_guard lock(mutex);
            idle.push_back(std::move(object));
        }
        void* take_block(std::size_t size) {
            {
                std::lock_guard lock(mutex);
                if (size == block_size && !blocks.empty()) {
                    void* block = blocks.back();
                    blocks.pop_back();
                    return block;
                }
                if (block_size == 0) block_size = size;  // the only one: a pool makes one kind of control block
            }
            return ::operator new(size);
        }
        void give_block(void* block, std::size_t size) {
            {
                std::lock_guard lock(mutex);
                if (size == block_size) {
                    blocks.push_back(block);
                    return;
                }
            }
            ::operator delete(block);
        }
    };

    struct GiveBack {
        std::shared_ptr<Store> store;
        void operator()(T* raw) const { store->give_back(std::unique_ptr<T>(raw)); }
    };

    template <typename U>
    struct BlockAllocator {
        using value_type = U;
        std::shared_ptr<Store> store;

        explicit BlockAllocator(std::shared_ptr<Store> s) : store(std::move(s)) {}
        template <typename V>
        BlockAllocator(const BlockAllocator<V>& other) : store(other.store) {}
        U* allocate(std::size_t n) { return static_cast<U*>(store->take_block(n * sizeof(U))); }
        void deallocate(U* block, std::size_t n) { store->give_block(block, n * sizeof(U)); }
        template <typename V>
        bool operator==(const BlockAllocator<V>& other) const {
            return store == other.store;
        }
    };

    std::shared_ptr<Store> store_ = std::make_shared<Store>();
};

}  // namespace convscope
