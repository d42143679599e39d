#version 330 core
in vec4 v_color;
in float v_across;
flat in float v_half;

out vec4 o_color;

void main() {
    float from_middle = abs(v_across * gl_FragCoord.w);
    o_color = vec4(v_color.rgb, v_color.a * clamp(v_half + 0.5 - from_middle, 0.0, 1.0));
}
