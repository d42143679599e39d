#include "engine/host/picture_tools.h"

#include "engine/data/picture_convention.h"

#include <utility>

namespace convscope {
namespace {

Result<PreparedPicture> prepared(Image picture, const Recipe& recipe) {
    PictureFormat wanted = picture_format(recipe);
    if (wanted.channels != 1 && wanted.channels != 3)
        return Error{ErrorCode::Unsupported, "The recipe '" + recipe.name + "' takes " +
                                                 std::to_string(wanted.channels) + " channels, a picture has 1 or 3"};
    wanted.convention = settled(wanted);
    Image image = prepare_picture(std::move(picture), wanted);
    return PreparedPicture{std::make_shared<const std::vector<std::uint8_t>>(std::move(image.pixels)),
                           in_words(image.done), image.blank};
}

}  // namespace

PictureTools picture_tools() {
    return {.prepare =
                [](const DrawnPicture& drawn, const Recipe& recipe) {
                    return prepared({1, drawn.height, drawn.width, drawn.pixels}, recipe);
                },
            .read = [](const std::filesystem::path& file, const Recipe& recipe) -> Result<PreparedPicture> {
                Result<Image> picture = read_image(file);
                if (!picture.ok()) return picture.error();
                return prepared(std::move(picture).value(), recipe);
            }};
}

}  // namespace convscope
