// Zip archives of uncompressed entries whose bytes lie where memory can be mapped, as PyTorch reads them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace convscope {

// Not libzip's: that decides itself where an entry's bytes come to lie, and holds the archive twice. Entries of any
// size (PKWARE's APPNOTE.TXT, zip64 where it is needed); equal entries make equal archives, as no time is written.
class ZipWriter {
public:
    // With room for about so many bytes, so that the archive grows in place.
    explicit ZipWriter(std::size_t expected) { archive_.reserve(expected); }

    // The entry's bytes begin at a multiple of 64, as torch.save has them. No name may come twice.
    void add(std::string_view name, std::string_view bytes);
    // The archive's bytes. Nothing can be added any more.
    std::string finish() &&;

private:
    std::string archive_;
    std::string directory_;
    std::uint64_t entries_ = 0;
};

}  // namespace convscope
