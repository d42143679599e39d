#include "tests/fetch/test_archive.h"

#include <archive.h>
#include <archive_entry.h>

#include <stdexcept>

namespace convscope {

void write_tar_gz(const std::filesystem::path& path, const std::vector<ArchiveEntry>& entries) {
    archive* writer = archive_write_new();
    archive_write_add_filter_gzip(writer);
    archive_write_set_format_ustar(writer);
    if (archive_write_open_filename(writer, path.c_str()) != ARCHIVE_OK)
        throw std::runtime_error("cannot write " + path.string());
    for (const ArchiveEntry& one : entries) {
        archive_entry* entry = archive_entry_new();
        archive_entry_set_pathname(entry, one.name.c_str());
        archive_entry_set_perm(entry, 0755);
        archive_entry_set_filetype(entry, one.kind == ArchiveEntry::Kind::Folder         ? AE_IFDIR
                                          : one.kind == ArchiveEntry::Kind::SymbolicLink ? AE_IFLNK
                                                                                         : AE_IFREG);
        if (one.kind == ArchiveEntry::Kind::SymbolicLink) archive_entry_set_symlink(entry, one.content.c_str());
        if (one.kind == ArchiveEntry::Kind::HardLink) archive_entry_set_hardlink(entry, one.content.c_str());
        const bool file = one.kind == ArchiveEntry::Kind::File;
        archive_entry_set_size(entry, file ? static_cast<la_int64_t>(one.content.size()) : 0);
        archive_write_header(writer, entry);
        if (file) archive_write_data(writer, one.content.data(), one.content.size());
        archive_entry_free(entry);
    }
    archive_write_close(writer);
    archive_write_free(writer);
}

}  // namespace convscope
