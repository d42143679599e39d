#version 330 core
// The front of a wall: one rectangle in space, whatever the number of tiles on it.
uniform mat4 u_view_projection;
uniform vec3 u_corner;  // upper left
uniform vec3 u_right;
uniform vec3 u_down;
uniform vec2 u_size;    // width, height

out vec2 v_place;  // from the corner

void main() {
    vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
    v_place = corner * u_size;
    gl_Position = u_view_projection * vec4(u_corner + v_place.x * u_right + v_place.y * u_down, 1.0);
}
