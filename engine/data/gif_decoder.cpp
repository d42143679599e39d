#include "engine/data/image_decoders.h"

#include <gif_lib.h>

#include <algorithm>
#include <memory>

namespace convscope {
namespace {

int read(GifFileType* file, GifByteType* to, int count) {
    FileBytes& rest = *static_cast<FileBytes*>(file->UserData);
    const std::size_t taken = std::min(rest.size(), static_cast<std::size_t>(std::max(count, 0)));
    std::copy_n(rest.begin(), taken, to);
    rest = rest.subspan(taken);
    return static_cast<int>(taken);
}

// Goes on to the first picture; keeps which colour is transparent there, or NO_TRANSPARENT_COLOR.
bool find_picture(GifFileType* file, int& transparent) {
    for (;;) {
        GifRecordType record = UNDEFINED_RECORD_TYPE;
        if (DGifGetRecordType(file, &record) == GIF_ERROR || record == TERMINATE_RECORD_TYPE) return false;
        if (record == IMAGE_DESC_RECORD_TYPE) return DGifGetImageDesc(file) != GIF_ERROR;
        int code = 0;
        GifByteType* block = nullptr;
        if (record != EXTENSION_RECORD_TYPE || DGifGetExtension(file, &code, &block) == GIF_ERROR) return false;
        GraphicsControlBlock control;
        if (code == GRAPHICS_EXT_FUNC_CODE && block && DGifExtensionToGCB(block[0], block + 1, &control) == GIF_OK)
            transparent = control.TransparentColor;
        while (block)
            if (DGifGetExtensionNext(file, &block) == GIF_ERROR) return false;
    }
}

// The row of the picture that the `index`th stored one is.
int row_of(int index, int height, bool interlaced) {
    if (!interlaced) return index;
    constexpr int kFirst[] = {0, 4, 2, 1}, kStep[] = {8, 8, 4, 2};
    for (int pass = 0; pass < 4; ++pass) {
        const int rows = (height - kFirst[pass] + kStep[pass] - 1) / kStep[pass];
        if (index < rows) return kFirst[pass] + index * kStep[pass];
        index -= std::max(rows, 0);
    }
    return height - 1;
}

}  // namespace

Result<DecodedImage> decode_gif(FileBytes bytes, std::string_view name) {
    int problem = 0;
    FileBytes rest = bytes;
    const std::unique_ptr<GifFileType, void (*)(GifFileType*)> file(
        DGifOpen(&rest, &read, &problem), [](GifFileType* one) { (void)DGifCloseFile(one, nullptr); });
    if (!file) return undecodable(name, GifErrorString(problem));
    int transparent = NO_TRANSPARENT_COLOR;
    if (!find_picture(file.get(), transparent)) return undecodable(name, "there is no picture in it");

    // The first picture may cover a part of the whole, and stand over it.
    const GifImageDesc& part = file->Image;
    const ColorMapObject* colours = part.ColorMap ? part.ColorMap : file->SColorMap;
    if (!colours) return undecodable(name, "it has no colours");
    DecodedImage decoded;
    decoded.width = std::max(file->SWidth, part.Left + part.Width);
    decoded.height = std::max(file->SHeight, part.Top + part.Height);
    decoded.channels = 4;
    if (part.Left < 0 || part.Top < 0 || part.Width < 1 || part.Height < 1)
        return undecodable(name, "its picture has no size");
    if (const Result<void> room = make_room(decoded, 0, name); !room) return room.error();
    std::vector<GifPixelType> line(static_cast<std::size_t>(part.Width));
    for (int i = 0; i < part.Height; ++i) {
        if (DGifGetLine(file.get(), line.data(), part.Width) == GIF_ERROR)
            return undecodable(name, GifErrorString(file->Error));
        std::uint8_t* to = decoded.samples.data() +
                           ((part.Top + row_of(i, part.Height, part.Interlace)) * decoded.width + part.Left) * 4;
        for (const GifPixelType index : line) {
            if (index != transparent && index < colours->ColorCount) {
                const GifColorType& colour = colours->Colors[index];
                to[0] = colour.Red;
                to[1] = colour.Green;
                to[2] = colour.Blue;
                to[3] = 255;
            }
            to += 4;
        }
    }
    return decoded;
}

}  // namespace convscope
