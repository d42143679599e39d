#version 330 core
// One plane of a tensor per instance: a rectangle made of four vertices.
layout(location = 0) in vec4 a_rect;   // x, y, width, height in ImGui's screen coordinates
layout(location = 1) in vec2 a_range;  // values at the ends of the colormap
layout(location = 2) in int a_layer;   // of the texture array

uniform vec4 u_display;  // ImGui's display: position and size
uniform ivec2 u_cells;   // cells in a tile: columns, rows

out vec2 v_cell;  // position in the tile, in cells
flat out vec2 v_range;
flat out int v_layer;

void main() {
    vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
    vec2 place = (a_rect.xy + corner * a_rect.zw - u_display.xy) / u_display.zw;
    gl_Position = vec4(place.x * 2.0 - 1.0, 1.0 - place.y * 2.0, 0.0, 1.0);
    v_cell = corner * vec2(u_cells);
    v_range = a_range;
    v_layer = a_layer;
}
