// The data panel's line for public data sets: choose one, download it, learn from it. UI thread.
#pragma once

#include "viz/panels/panel.h"
#include "viz/widgets/style.h"

#include <cstddef>
#include <string>

namespace convscope {

// The recipe for pictures of a set: the run's own if they fit, else the first on offer that they fit, with as many
// classes as every public set has; null when there is none.
const Recipe* recipe_for(const FetchableSet& set, const Recipe& own, std::span<const Recipe> offered);

class DataDownload {
public:
    // Nothing when there is no fetcher. The run exists.
    void draw(FrameContext& context, const WidgetStyle& style);

private:
    void draw_choice(const DataFetcher& fetcher, const FetchStatus& status, const WidgetStyle& style);
    void draw_progress(DataFetcher& fetcher, const FetchStatus& status, const WidgetStyle& style);
    void draw_learn(FrameContext& context, const FetchableSet& set, const std::string& folder,
                    const WidgetStyle& style);

    std::size_t chosen_ = 0;
};

}  // namespace convscope
