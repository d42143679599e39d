#version 330 core
// Daylight from above and the input's side; no highlights, so that a box's colour stays its colour.
in vec3 v_normal;
in vec4 v_color;

out vec4 o_color;

const vec3 kLight = normalize(vec3(-0.45, 0.8, 0.4));

void main() {
    float light = 0.74 + 0.26 * max(dot(normalize(v_normal), kLight), 0.0);
    o_color = vec4(v_color.rgb * light, v_color.a);
}
