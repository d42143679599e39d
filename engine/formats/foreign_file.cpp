#include "engine/formats/foreign_file.h"

#include "engine/formats/pickle_value.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace convscope {
namespace {

using namespace std::string_view_literals;

constexpr const char* kInPyTorch =
    "load it into the PyTorch model that it is for, then torch.save(model.state_dict(), 'weights.pth')";
constexpr const char* kUnpack = "unpack it, and name the file of weights that is in it";

// How files begin.
struct Kind {
    std::size_t at;
    std::string_view bytes;
    const char* what;
    const char* remedy;
};
constexpr std::array kKinds{
    Kind{0, "version https://git-lfs"sv, "a pointer of Git LFS, not the file itself",
         "fetch that with `git lfs pull`, or download it from the repository's page"},
    Kind{0, "\x89HDF\r\n\x1a\n"sv, "an HDF5 file, as Keras and h5py write them", kInPyTorch},
    Kind{0, "GGUF"sv, "a GGUF file", kInPyTorch},
    Kind{4, "TFL3"sv, "a TensorFlow Lite model", kInPyTorch},
    Kind{0, "\x93NUMPY"sv, "an array of NumPy",
         "put the arrays into a state dict with torch.from_numpy, then torch.save it"},
    Kind{0, "\x1f\x8b"sv, "compressed with gzip", kUnpack},
    Kind{0, "BZh"sv, "compressed with bzip2", kUnpack},
    Kind{0,
         "\xfd"
         "7zXZ"sv,
         "compressed with xz", kUnpack},
    Kind{0, "\x28\xb5\x2f\xfd"sv, "compressed with zstd", kUnpack},
    Kind{0, "7z\xbc\xaf\x27\x1c"sv, "a 7-Zip archive", kUnpack},
    Kind{0, "Rar!"sv, "a RAR archive", kUnpack},
    Kind{0, "\x89PNG"sv, "a picture",
         "--checkpoint takes a file of weights; `convscope predict` takes pictures after it"},
    Kind{0, "\xff\xd8\xff"sv, "a picture",
         "--checkpoint takes a file of weights; `convscope predict` takes pictures after it"},
};

Error sentence(ErrorCode code, std::string_view name, const std::string& what, const std::string& remedy) {
    return Error{code, std::string(name) + ": it is " + what + "; " + remedy};
}

bool is_web_page(std::string_view bytes) {
    std::string begin;
    for (const char c : bytes.substr(0, 512))
        if (!std::isspace(static_cast<unsigned char>(c)) && static_cast<unsigned char>(c) < 0x80)
            begin += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return begin.starts_with("<!doctypehtml") || begin.starts_with("<html") || begin.starts_with("<head");
}

// torch.save of PyTorch 0.1: its first member is called "sys_info", or the folder "./".
bool is_tar(std::string_view bytes) { return bytes.size() > 262 && bytes.substr(257, 5) == "ustar"; }

// A ModelProto: field 1 (its version, a small number), then a text or a message that lies within it.
bool is_onnx(std::string_view bytes, std::string_view name) {
    if (name.ends_with(".onnx")) return true;
    const std::string_view begin = bytes.substr(0, 4096);
    const bool is_message =
        begin.size() > 4 && begin[0] == 0x08 && begin[1] > 0 && begin[1] < 32 && (begin[2] == 0x12 || begin[2] == 0x3A);
    return is_message &&
           (begin.find("onnx") != std::string_view::npos || begin.find("pytorch") != std::string_view::npos);
}

// Python's pickle, protocols 2 to 5; text pickles of the first two are texts.
bool is_pickle(std::string_view bytes) {
    return bytes.size() > 1 && bytes[0] == '\x80' && bytes[1] >= 2 && bytes[1] <= 5;
}

bool is_text(std::string_view bytes) {
    return std::all_of(
        bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(bytes.size(), 512)),
        [](char c) { return c == '\n' || c == '\r' || c == '\t' || static_cast<unsigned char>(c) >= 0x20; });
}

}  // namespace

Error foreign_file(std::string_view bytes, std::string_view name) {
    if (bytes.empty()) return sentence(ErrorCode::Corrupt, name, "empty", "copy it, download it, or save it, again");
    if (is_web_page(bytes))
        return sentence(ErrorCode::Unsupported, name, "a web page, not the file itself",
                        "download it from that page's link to the file ('download', 'raw')");
    for (const Kind& kind : kKinds)
        if (bytes.size() >= kind.at && bytes.substr(kind.at).starts_with(kind.bytes))
            return sentence(ErrorCode::Unsupported, name, kind.what, kind.remedy);
    if (is_pickle(bytes))
        return sentence(ErrorCode::Unsupported, name, "a plain pickle, not a file of torch.save",
                        "in Python: torch.save(pickle.load(open('FILE', 'rb')), 'weights.pth')");
    if (is_tar(bytes))
        return sentence(
            ErrorCode::Unsupported, name, "a tar archive, as PyTorch before 0.1.10 wrote them or others do",
            "in Python: torch.save(torch.load('FILE', map_location='cpu'), 'weights.pth'); or " + std::string(kUnpack));
    if (is_onnx(bytes, name)) return sentence(ErrorCode::Unsupported, name, "an ONNX model", kInPyTorch);
    if (is_text(bytes))
        return sentence(ErrorCode::Unsupported, name, "a text",
                        "name a file that torch.save or safetensors has written, or a run's last.pt");
    return sentence(ErrorCode::Corrupt, name, "not a whole file of torch.save, nor of safetensors",
                    "copy it, or save it, again");
}

Error foreign_archive(const std::vector<std::string>& entries, std::string_view name) {
    const auto first_with = [&](std::string_view tail) {
        const auto found = std::find_if(entries.begin(), entries.end(),
                                        [tail](const std::string& entry) { return entry.ends_with(tail); });
        return found == entries.end() ? std::string() : *found;
    };
    if (!first_with(".npy").empty())
        return sentence(ErrorCode::Unsupported, name, "an archive of NumPy arrays",
                        "put the arrays into a state dict with torch.from_numpy, then torch.save it");
    if (!first_with(".weights.h5").empty()) return sentence(ErrorCode::Unsupported, name, "a Keras model", kInPyTorch);
    for (const char* tail : {".pth", ".pt", ".safetensors", ".ckpt", ".bin"})
        if (const std::string inner = first_with(tail); !inner.empty())
            return sentence(ErrorCode::Unsupported, name, "a zip archive around other files",
                            "unpack it, and name " + in_quotes(inner));
    return sentence(ErrorCode::Unsupported, name,
                    "a zip archive, but not one of torch.save (there is no data.pkl in it)", kUnpack);
}

}  // namespace convscope
