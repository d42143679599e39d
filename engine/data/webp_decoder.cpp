#include "engine/data/image_decoders.h"

#include <webp/decode.h>
#include <webp/demux.h>

#include <algorithm>
#include <memory>

namespace convscope {

Result<DecodedImage> decode_webp(FileBytes bytes, std::string_view name) {
    const WebPData data{bytes.data(), bytes.size()};
    const std::unique_ptr<WebPDemuxer, void (*)(WebPDemuxer*)> file(WebPDemux(&data), &WebPDemuxDelete);
    if (!file) return undecodable(name, "its parts do not fit together");
    DecodedImage decoded;
    decoded.width = WebPDemuxGetI(file.get(), WEBP_FF_CANVAS_WIDTH);
    decoded.height = WebPDemuxGetI(file.get(), WEBP_FF_CANVAS_HEIGHT);
    decoded.channels = 4;
    if (const Result<void> room = make_room(decoded, 0, name); !room) return room.error();

    // The first frame, which may cover a part of the whole.
    WebPIterator frame;
    if (!WebPDemuxGetFrame(file.get(), 1, &frame)) return undecodable(name, "there is no picture in it");
    const std::unique_ptr<WebPIterator, void (*)(WebPIterator*)> frame_end(&frame, &WebPDemuxReleaseIterator);
    int width = 0, height = 0;
    if (!WebPGetInfo(frame.fragment.bytes, frame.fragment.size, &width, &height) ||
        frame.x_offset + width > decoded.width || frame.y_offset + height > decoded.height)
        return undecodable(name, "its picture is larger than it says");
    const std::int64_t stride = decoded.width * decoded.channels;
    const std::int64_t first = frame.y_offset * stride + frame.x_offset * decoded.channels;
    if (!WebPDecodeRGBAInto(frame.fragment.bytes, frame.fragment.size, decoded.samples.data() + first,
                            decoded.samples.size() - static_cast<std::size_t>(first), static_cast<int>(stride)))
        return undecodable(name, "its picture is damaged");

    WebPChunkIterator exif;
    if (WebPDemuxGetChunk(file.get(), "EXIF", 1, &exif))
        decoded.orientation = exif_orientation({exif.chunk.bytes, exif.chunk.size});
    WebPDemuxReleaseChunkIterator(&exif);
    return decoded;
}

}  // namespace convscope
