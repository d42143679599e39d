#version 330 core
// A straight line in space per instance, as wide on the screen as it is told, with a colour at each end.
layout(location = 0) in vec3 a_from;
layout(location = 1) in vec3 a_to;
layout(location = 2) in vec4 a_from_color;
layout(location = 3) in vec4 a_to_color;
layout(location = 4) in float a_width;  // pixels

uniform mat4 u_view_projection;
uniform vec2 u_viewport;  // pixels
uniform float u_near;

out vec4 v_color;
// Pixels from the middle, times w: that times gl_FragCoord.w is linear on the screen also where a driver's clipping of
// noperspective values is not.
out float v_across;
flat out float v_half;

void main() {
    vec4 ends[2] = vec4[2](u_view_projection * vec4(a_from, 1.0), u_view_projection * vec4(a_to, 1.0));
    // What lies behind the eye has no place on the screen: the line is cut off before it.
    for (int i = 0; i < 2; ++i) {
        vec4 other = ends[1 - i];
        if (ends[i].w < u_near && other.w > u_near)
            ends[i] = mix(ends[i], other, (u_near - ends[i].w) / (other.w - ends[i].w));
    }
    int end = gl_VertexID >> 1;
    float side = (gl_VertexID & 1) == 0 ? -1.0 : 1.0;
    v_color = end == 0 ? a_from_color : a_to_color;
    v_half = 0.5 * a_width;
    float reach = v_half + 1.0;
    v_across = side * reach * ends[end].w;
    if (max(ends[0].w, ends[1].w) < u_near) {
        gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
        return;
    }
    vec2 along = (ends[1].xy / ends[1].w - ends[0].xy / ends[0].w) * u_viewport;
    along = dot(along, along) > 1e-12 ? normalize(along) : vec2(1.0, 0.0);
    vec2 across = vec2(-along.y, along.x) * side * reach * 2.0 / u_viewport;
    gl_Position = ends[end] + vec4(across * ends[end].w, -1e-5 * ends[end].w, 0.0);
}
