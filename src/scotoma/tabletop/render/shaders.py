"""GLSL sources of the renderer's three programs: depth only (shadow and ids), and shaded colour."""

FLAT_VERTEX = """
#version 330
uniform mat4 view_projection;
uniform mat4 placement;
in vec3 position;
void main() { gl_Position = view_projection * placement * vec4(position, 1.0); }
"""

FLAT_FRAGMENT = """
#version 330
uniform float object_id;
out vec4 pixel;
void main() { pixel = vec4(object_id / 255.0, 0.0, 0.0, 1.0); }
"""

SHADED_VERTEX = """
#version 330
uniform mat4 view_projection;
uniform mat4 placement;
uniform mat4 light_projection;
in vec3 position;
in vec3 normal;
in float luminance;
in vec2 uv;
out vec3 world;
out vec3 facing;
out vec4 in_light;
out float shade;
out vec2 texel;
void main() {
    vec4 spot = placement * vec4(position, 1.0);
    world = spot.xyz;
    facing = mat3(placement) * normal;
    in_light = light_projection * spot;
    shade = luminance;
    texel = uv;
    gl_Position = view_projection * spot;
}
"""

SHADED_FRAGMENT = """
#version 330
uniform sampler2D surface;
uniform sampler2DShadow shadow_map;
uniform vec3 eye;
uniform vec3 sun;            // unit vector towards the light
uniform vec3 paint;          // linear colour
uniform float metal;         // 0 matte, 1 metal
uniform float textured;      // 1: colour from `surface`, 0: paint times luminance
uniform float shadow_step;   // one shadow texel
uniform int blobs;           // contact shadows on the table: x, y, radius
uniform vec3 blob[16];
in vec3 world;
in vec3 facing;
in vec4 in_light;
in float shade;
in vec2 texel;
out vec4 pixel;

float lit() {
    vec3 spot = in_light.xyz / in_light.w * 0.5 + 0.5;
    if (any(lessThan(spot, vec3(0.005))) || any(greaterThan(spot, vec3(0.995)))) return 1.0;
    float sum = 0.0;
    for (int i = -1; i <= 1; i++)
        for (int j = -1; j <= 1; j++)
            sum += texture(shadow_map, vec3(spot.xy + vec2(i, j) * shadow_step, spot.z - 0.003));
    return sum / 9.0;
}

// A studio: bright ceiling with a soft box, darker floor.
vec3 studio(vec3 way) {
    float up = smoothstep(-0.35, 0.75, way.z);
    float box = smoothstep(0.78, 0.94, dot(way, normalize(vec3(-0.4, -0.55, 0.73))));
    return mix(vec3(0.16, 0.15, 0.15), vec3(0.95, 0.97, 1.0), up) + vec3(1.6) * box;
}

void main() {
    vec3 base = textured > 0.5 ? texture(surface, texel).rgb : paint * shade;
    vec3 n = normalize(facing);
    vec3 to_eye = normalize(eye - world);
    if (dot(n, to_eye) < 0.0) n = -n;
    float sunlight = max(dot(n, sun), 0.0) * lit();
    float ambient = mix(0.34, 0.62, n.z * 0.5 + 0.5);
    for (int i = 0; i < blobs; i++) {
        float away = length(world.xy - blob[i].xy) / blob[i].z;
        ambient *= 1.0 - 0.5 * exp(-2.5 * away * away);
    }
    vec3 half_way = normalize(sun + to_eye);
    float grazing = pow(1.0 - max(dot(n, to_eye), 0.0), 5.0);
    vec3 matte = base * (ambient + 0.85 * sunlight);
    float glint = pow(max(dot(n, half_way), 0.0), mix(12.0, 90.0, metal)) * lit();
    vec3 mirror = mix(base, vec3(1.0), grazing) * studio(reflect(-to_eye, n));
    vec3 shiny = mirror * 0.95 + base * (0.18 * ambient + 0.25 * sunlight) + mix(base, vec3(1.0), 0.5) * glint * 1.2;
    vec3 colour = mix(matte + vec3(0.03) * glint, shiny, metal);
    pixel = vec4(pow(clamp(colour, 0.0, 1.0), vec3(1.0 / 2.2)), 1.0);
}
"""
