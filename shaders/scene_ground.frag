#version 330 core
// The ground: a faint grid that is lost in the distance, and the shade of what stands on it.
const int kMostShades = 64;

uniform vec4 u_line;             // colour of the grid
uniform vec4 u_shade;            // colour of the shade
uniform vec2 u_center;           // of the scene: x and z
uniform vec2 u_reach;            // where the grid has faded out: half axes
uniform float u_spacing;
uniform int u_shade_count;
uniform vec4 u_shades[kMostShades];  // least x and z, greatest x and z

in vec2 v_place;

out vec4 o_color;

float grid(vec2 place, vec2 pixel) {
    vec2 distance = abs(fract(place - 0.5) - 0.5) / pixel;
    vec2 line = clamp(1.0 - distance, 0.0, 1.0) * clamp(0.35 / pixel, 0.0, 1.0);
    return max(line.x, line.y);
}

void main() {
    vec2 pixel = max(fwidth(v_place) / u_spacing, vec2(1e-6));
    float fade = 1.0 - smoothstep(0.35, 1.0, length((v_place - u_center) / u_reach));
    float line = grid(v_place / u_spacing, pixel) * u_line.a;
    float light = 1.0;
    const float kBlur = 5.0;
    for (int i = 0; i < u_shade_count; ++i) {
        vec2 low = smoothstep(u_shades[i].xy - kBlur, u_shades[i].xy + kBlur, v_place);
        vec2 high = 1.0 - smoothstep(u_shades[i].zw - kBlur, u_shades[i].zw + kBlur, v_place);
        light *= 1.0 - u_shade.a * low.x * low.y * high.x * high.y;
    }
    float shade = 1.0 - light;
    float alpha = max(line * fade, shade);
    o_color = vec4(mix(u_line.rgb, u_shade.rgb, shade / max(line * fade + shade, 1e-4)), alpha);
}
