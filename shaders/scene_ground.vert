#version 330 core
// A rectangle of the ground (y = 0).
uniform mat4 u_view_projection;
uniform vec4 u_rectangle;  // least x and z, greatest x and z

out vec2 v_place;  // x and z

void main() {
    vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
    v_place = mix(u_rectangle.xy, u_rectangle.zw, corner);
    gl_Position = u_view_projection * vec4(v_place.x, 0.0, v_place.y, 1.0);
}
