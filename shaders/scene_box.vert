#version 330 core
// A box in space per instance: 36 vertices without a buffer.
layout(location = 0) in vec3 a_center;
layout(location = 1) in vec3 a_half;   // along right, down and front
layout(location = 2) in vec3 a_right;
layout(location = 3) in vec3 a_down;
layout(location = 4) in vec4 a_color;

uniform mat4 u_view_projection;

out vec3 v_normal;
out vec4 v_color;

const vec2 kCorners[6] = vec2[6](vec2(-1, -1), vec2(1, -1), vec2(1, 1), vec2(-1, -1), vec2(1, 1), vec2(-1, 1));

void main() {
    int face = gl_VertexID / 6;
    vec2 corner = kCorners[gl_VertexID % 6];
    vec3 local = vec3(corner, face % 2 == 0 ? 1.0 : -1.0);
    vec3 normal = vec3(0.0, 0.0, local.z);
    if (face / 2 == 1) { local = local.zxy; normal = normal.zxy; }
    if (face / 2 == 2) { local = local.yzx; normal = normal.yzx; }
    mat3 axes = mat3(a_right, a_down, cross(a_down, a_right));
    v_normal = axes * normal;
    v_color = a_color;
    gl_Position = u_view_projection * vec4(a_center + axes * (local * a_half), 1.0);
}
