#version 330 core
// The cells of a plane, each in the colour of its exact value. Where several cells share a pixel, the colour is that of
// their mean; or, when the range is symmetric, of the largest in magnitude, because weights average to nothing. A value
// that is not finite is never hidden by its neighbours. A colour picture has three planes, one below the other in its
// layer of the texture, and no colormap.
#include "value_color.glsl"

uniform sampler2DArray u_values;  // raw, one layer per plane
uniform ivec2 u_cells;            // cells in a tile: columns, rows
uniform int u_texture_width;      // differs from u_cells.x when a vector is folded
uniform int u_value_count;        // values in a plane; a folded vector may end before its last row does
uniform bool u_rgb;               // a colour picture
uniform vec3 u_rgb_none;          // the values of its channels that are no light
uniform vec3 u_rgb_full;          // and full light
uniform float u_opacity;          // over what lies below

in vec2 v_cell;
flat in vec2 v_range;
flat in int v_layer;

out vec4 o_color;

const int kMostSamples = 8;  // per direction, in one pixel

ivec2 cell_at(vec2 place) { return clamp(ivec2(floor(place)), ivec2(0), u_cells - 1); }

float value_at(ivec2 cell, int channel) {
    if (u_texture_width == u_cells.x)
        return texelFetch(u_values, ivec3(cell.x, cell.y + channel * u_cells.y, v_layer), 0).r;
    int index = min(cell.y * u_cells.x + cell.x, u_value_count - 1);
    return texelFetch(u_values, ivec3(index % u_texture_width, index / u_texture_width, v_layer), 0).r;
}

// Not finite when one of the cells is not, or their sum overflows.
float value_of_footprint(vec2 cells_per_pixel, ivec2 samples, int channel, bool strongest) {
    float sum = 0.0;
    float largest = 0.0;
    for (int y = 0; y < samples.y; ++y)
        for (int x = 0; x < samples.x; ++x) {
            vec2 offset = (vec2(x, y) + 0.5) / vec2(samples) - 0.5;
            float value = value_at(cell_at(v_cell + offset * cells_per_pixel), channel);
            if (!is_finite(value)) return value;
            sum += value;
            if (abs(value) > abs(largest)) largest = value;
        }
    return strongest ? largest : sum / float(samples.x * samples.y);
}

void main() {
    vec2 cells_per_pixel = abs(vec2(dFdx(v_cell.x), dFdy(v_cell.y)));
    ivec2 cell = cell_at(v_cell);
    if (cell.y * u_cells.x + cell.x >= u_value_count) discard;

    ivec2 samples = clamp(ivec2(ceil(cells_per_pixel - 0.01)), ivec2(1), ivec2(kMostSamples));
    bool strongest = !u_rgb && v_range.x == -v_range.y;
    vec3 values = vec3(0.0);
    for (int channel = 0; channel < (u_rgb ? 3 : 1); ++channel) {
        float value = samples.x * samples.y > 1 ? value_of_footprint(cells_per_pixel, samples, channel, strongest)
                                                : value_at(cell, channel);
        if (!is_finite(value)) {
            o_color = no_data_color(gl_FragCoord.xy, 1.0 / max(cells_per_pixel.x, cells_per_pixel.y));
            return;
        }
        values[channel] = value;
    }
    o_color = u_rgb ? vec4(clamp((values - u_rgb_none) / (u_rgb_full - u_rgb_none), 0.0, 1.0), 1.0)
                    : value_color(values.x, v_range);
    o_color.a *= u_opacity;
}
