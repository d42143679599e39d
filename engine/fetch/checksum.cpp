#include "engine/fetch/checksum.h"

#include "engine/core/plain_file.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <vector>

namespace convscope {

Result<std::string> md5_of_file(const std::filesystem::path& path) {
    const Result<Descriptor> file = open_plain_file(path, O_RDONLY);
    if (!file) return file.error();
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    bool works = context && EVP_DigestInit_ex(context.get(), EVP_md5(), nullptr) == 1;
    std::vector<char> block(1 << 18);
    ssize_t count = 0;
    while (works && (count = ::read(file.value().get(), block.data(), block.size())) > 0)
        works = EVP_DigestUpdate(context.get(), block.data(), static_cast<std::size_t>(count)) == 1;
    if (count < 0) return file_problem(path, "read", errno);
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    if (!works || EVP_DigestFinal_ex(context.get(), digest.data(), &size) != 1)
        return Error{
            ErrorCode::Unsupported,
            "this system's OpenSSL refuses to compute MD5, the checksum that the data sets are published with"};
    std::string text;
    for (unsigned i = 0; i < size; ++i)
        for (const int shift : {4, 0}) text += "0123456789abcdef"[digest[i] >> shift & 15];
    return text;
}

}  // namespace convscope
