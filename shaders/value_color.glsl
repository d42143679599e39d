// From a raw value to a colour. viz/render/colormap.h and value_range.h do the same on the CPU; tests/gl compares them.
uniform sampler2D u_colormaps;  // one row of 256 colours per colormap
uniform int u_colormap;
uniform vec4 u_no_data;         // hatch over what is not finite: its lines
uniform vec4 u_no_data_ground;  // and between them

// By its bits: isnan() may be optimised away.
bool is_finite(float value) { return (floatBitsToUint(value) & 0x7F800000u) != 0x7F800000u; }

// range: minimum and maximum, a drawable range (value_range.h).
vec4 value_color(float value, vec2 range) {
    float position = clamp((value - range.x) / (range.y - range.x), 0.0, 1.0);
    return vec4(texelFetch(u_colormaps, ivec2(int(position * 255.0 + 0.5), u_colormap), 0).rgb, 1.0);
}

// Diagonal lines in device pixels; `pixels_per_cell` small enough makes it one solid colour, because a cell between two
// lines would be invisible.
vec4 no_data_color(vec2 device_pixel, float pixels_per_cell) {
    bool line = mod(device_pixel.x + device_pixel.y, 6.0) < 2.5;
    return line || pixels_per_cell < 6.0 ? u_no_data : u_no_data_ground;
}
