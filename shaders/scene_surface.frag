#version 330 core
// The planes of a tensor as tiles of a wall: which tile and which cell a pixel belongs to is worked out here, so that a
// wall costs one draw call however many maps it has. As in tiles.frag, many cells in a pixel are averaged, or the
// strongest is shown where the range is symmetric.
#include "value_color.glsl"

uniform sampler2DArray u_values;  // raw, one layer per plane
uniform samplerBuffer u_ranges;   // minimum and maximum of each tile, or of all
uniform bool u_range_per_tile;
uniform int u_first_tile;         // of the page that is bound
uniform int u_page_tiles;         // in it
uniform int u_tile_columns;
uniform ivec2 u_cells;            // cells in a tile: columns, rows
uniform vec2 u_cell;              // a cell's width and height
uniform float u_gap;              // between tiles
uniform int u_texture_width;
uniform int u_value_count;        // values in a plane
uniform bool u_rgb;
uniform vec3 u_rgb_none;
uniform vec3 u_rgb_full;
uniform vec4 u_ground;            // between tiles and cells

in vec2 v_place;

out vec4 o_color;

const int kMostSamples = 4;  // per direction, in one pixel

float value_at(ivec2 cell, int channel, int layer) {
    if (u_texture_width == u_cells.x)
        return texelFetch(u_values, ivec3(cell.x, cell.y + channel * u_cells.y, layer), 0).r;
    int index = min(cell.y * u_cells.x + cell.x, u_value_count - 1);
    return texelFetch(u_values, ivec3(index % u_texture_width, index / u_texture_width, layer), 0).r;
}

// 1 well inside [0, side], 0 outside, smooth within a pixel of the edge.
float inside(vec2 place, vec2 side, vec2 pixel) {
    vec2 edge = clamp(min(place, side - place) / pixel + 0.5, 0.0, 1.0);
    return edge.x * edge.y;
}

void main() {
    vec2 pixel = max(vec2(length(vec2(dFdx(v_place.x), dFdy(v_place.x))), length(vec2(dFdx(v_place.y), dFdy(v_place.y)))),
                     vec2(1e-6));
    vec2 tile_size = u_cell * vec2(u_cells);
    vec2 pitch = tile_size + u_gap;
    ivec2 grid = ivec2(floor(v_place / pitch));
    int tile = grid.y * u_tile_columns + grid.x;
    int layer = tile - u_first_tile;
    if (grid.x >= u_tile_columns || layer < 0 || layer >= u_page_tiles) discard;
    vec2 within = v_place - vec2(grid) * pitch;
    float cover = inside(within, tile_size, pixel);

    vec2 cells_per_pixel = pixel / u_cell;
    vec2 place = clamp(within / u_cell, vec2(0.0), vec2(u_cells) - 1e-3);
    ivec2 cell = ivec2(place);
    if (cell.y * u_cells.x + cell.x >= u_value_count) discard;

    vec2 range = texelFetch(u_ranges, u_range_per_tile ? tile : 0).rg;
    bool strongest = !u_rgb && range.x == -range.y;
    ivec2 samples = clamp(ivec2(ceil(cells_per_pixel - 0.01)), ivec2(1), ivec2(kMostSamples));
    vec3 values = vec3(0.0);
    for (int channel = 0; channel < (u_rgb ? 3 : 1); ++channel) {
        float sum = 0.0;
        float largest = 0.0;
        for (int y = 0; y < samples.y; ++y)
            for (int x = 0; x < samples.x; ++x) {
                vec2 offset = (vec2(x, y) + 0.5) / vec2(samples) - 0.5;
                ivec2 at = samples.x * samples.y == 1
                               ? cell
                               : clamp(ivec2(floor(place + offset * cells_per_pixel)), ivec2(0), u_cells - 1);
                float value = value_at(at, channel, layer);
                if (!is_finite(value)) {
                    vec4 hatch = no_data_color(gl_FragCoord.xy, 1.0 / max(cells_per_pixel.x, cells_per_pixel.y));
                    o_color = vec4(mix(u_ground.rgb, hatch.rgb, cover), 1.0);
                    return;
                }
                sum += value;
                if (abs(value) > abs(largest)) largest = value;
            }
        values[channel] = strongest ? largest : sum / float(samples.x * samples.y);
        if (!is_finite(values[channel])) {
            o_color = vec4(mix(u_ground.rgb, no_data_color(gl_FragCoord.xy, 1.0).rgb, cover), 1.0);
            return;
        }
    }
    vec4 color = u_rgb ? vec4(clamp((values - u_rgb_none) / (u_rgb_full - u_rgb_none), 0.0, 1.0), 1.0)
                       : value_color(values.x, range);
    // Near enough to tell cells apart, a hairline parts them.
    float pixels_per_cell = 1.0 / max(cells_per_pixel.x, cells_per_pixel.y);
    float lines = smoothstep(14.0, 28.0, pixels_per_cell) * 0.55;
    cover *= 1.0 - lines * (1.0 - inside(fract(place) / cells_per_pixel - 0.25, 1.0 / cells_per_pixel - 0.5, vec2(1.0)));
    o_color = vec4(mix(u_ground.rgb, color.rgb, cover), 1.0);
}
