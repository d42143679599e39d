#include "engine/journal/weights_digest.h"

#include <openssl/evp.h>

#include <array>
#include <memory>
#include <stdexcept>
#include <string_view>

namespace convscope {

std::string weights_digest(const TrainingState& state) {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    bool works = context && EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1;
    const auto add = [&](const void* bytes, std::size_t count) {
        works = works && EVP_DigestUpdate(context.get(), bytes, count) == 1;
    };
    for (const NamedBlob& weight : state.weights) {
        // Ended by what no name, number or type has, so that no two networks look alike.
        std::string head = weight.name + '\n' + std::string(to_string(weight.blob.dtype));
        for (const std::int64_t size : weight.blob.shape) head += ' ' + std::to_string(size);
        head += '\n';
        add(head.data(), head.size());
        add(weight.blob.bytes.data(), weight.blob.bytes.size());
    }
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    if (!works || EVP_DigestFinal_ex(context.get(), digest.data(), &size) != 1)
        throw std::runtime_error(
            "This system's OpenSSL refuses to compute SHA-256, by which a run's journal names weights");
    std::string text;
    for (unsigned i = 0; i < size; ++i)
        for (const int shift : {4, 0}) text += "0123456789abcdef"[digest[i] >> shift & 15];
    return text;
}

}  // namespace convscope
