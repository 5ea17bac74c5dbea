"""The hand-picked part of the mesh pack: which models, which words, and which way each one faces.

Picked by eye from the CC0 library: silhouettes that stay apart at about 20 pixels, and words that nobody
disputes. Left out on purpose: what lies flat (scissors, rug), what a primitive imitates once it is painted
(ball and sphere, crate and cube), what a person would file under two families (wheelbarrow), and models whose
own folder holds no CC0 notice or another licence (two Winchester seats are CC-BY there). Yaw offsets and
`has_front` were checked on contact sheets.
"""

from __future__ import annotations

from dataclasses import dataclass

TRAILER = ("blackTrailer", "metalTrailer", "reflectorTrailer", "tiresTrailer", "bodyTrailer")


@dataclass(frozen=True, slots=True)
class Choice:
    """One model to convert."""

    number: int
    """Its number in the library's catalogue."""
    model: str
    category: str
    has_front: bool = False
    """Would people agree which way it faces?"""
    yaw_deg: float = 0.0
    """Turn about the vertical that brings the front to -y."""
    triangles: int = 2000
    keep_glass: bool = False
    """Keep see-through parts, for what is all glass and will be painted anyway."""
    drop_materials: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Word:
    """A category's words; the singular is its key."""

    family: str
    plural: str
    synonyms: tuple[str, ...] = ()


FAMILIES: dict[str, tuple[str, str]] = {
    "furniture": ("piece of furniture", "pieces of furniture"),
    "animal": ("animal", "animals"),
    "vehicle": ("vehicle", "vehicles"),
    "toy": ("toy", "toys"),
    "food": ("food item", "food items"),
    "appliance": ("appliance", "appliances"),
    "instrument": ("musical instrument", "musical instruments"),
    "light": ("light", "lights"),
    "plant": ("plant", "plants"),
    "container": ("container", "containers"),
    "accessory": ("accessory", "accessories"),
    "block": ("block", "blocks"),
    "sign": ("sign", "signs"),
}

CATEGORIES: dict[str, Word] = {
    "chair": Word("furniture", "chairs"),
    "sofa": Word("furniture", "sofas", ("couch", "settee")),
    "bar stool": Word("furniture", "bar stools", ("stool", "barstool")),
    "table": Word("furniture", "tables"),
    "bed": Word("furniture", "beds"),
    "bookcase": Word("furniture", "bookcases", ("bookshelf", "shelf")),
    "chicken": Word("animal", "chickens", ("hen",)),
    "horse": Word("animal", "horses"),
    "deer": Word("animal", "deer", ("reindeer", "stag")),
    "truck": Word("vehicle", "trucks", ("lorry",)),
    "forklift": Word("vehicle", "forklifts", ("fork lift", "forklift truck")),
    "airplane": Word("vehicle", "airplanes", ("plane", "aeroplane", "biplane")),
    "teddy bear": Word("toy", "teddy bears", ("teddy",)),
    "rocking horse": Word("toy", "rocking horses"),
    "seesaw": Word("toy", "seesaws", ("teeter totter",)),
    "cupcake": Word("food", "cupcakes", ("muffin",)),
    "loaf": Word("food", "loaves", ("bread", "loaf of bread", "bread loaf")),
    "milk carton": Word("food", "milk cartons", ("carton of milk", "carton")),
    "fan": Word("appliance", "fans", ("table fan",)),
    "mixer": Word("appliance", "mixers", ("stand mixer", "food mixer")),
    "oven": Word("appliance", "ovens"),
    "fridge": Word("appliance", "fridges", ("refrigerator",)),
    "television": Word("appliance", "televisions", ("tv",)),
    "piano": Word("instrument", "pianos", ("grand piano",)),
    "guitar": Word("instrument", "guitars", ("electric guitar",)),
    "desk lamp": Word("light", "desk lamps", ("lamp", "table lamp")),
    "lantern": Word("light", "lanterns", ("stone lantern",)),
    "cactus": Word("plant", "cacti"),
    "yucca": Word("plant", "yuccas", ("agave", "aloe")),
    "vine": Word("plant", "vines", ("ivy", "leafy plant")),
    "barrel": Word("container", "barrels", ("cask", "keg")),
    "bottle": Word("container", "bottles"),
    "mug": Word("container", "mugs", ("beer mug", "cup")),
    "briefcase": Word("accessory", "briefcases"),
    "handbag": Word("accessory", "handbags", ("purse",)),
    "umbrella": Word("accessory", "umbrellas", ("parasol",)),
    # drawn by the renderer, not in the pack
    "cube": Word("block", "cubes"),
    "sphere": Word("block", "spheres", ("ball",)),
    "cylinder": Word("block", "cylinders"),
    "cone": Word("block", "cones"),
    "sign": Word("sign", "signs", ("signboard",)),
}

CHOICES: tuple[Choice, ...] = (
    Choice(26, "chair_1", "chair", has_front=True),
    Choice(31, "chair_2", "chair", has_front=True),
    Choice(79, "chair_3", "chair", has_front=True),
    Choice(1, "chair_4", "chair", has_front=True),
    Choice(132, "sofa_1", "sofa", has_front=True),
    Choice(95, "sofa_2", "sofa", has_front=True),
    Choice(21, "sofa_3", "sofa", has_front=True),
    Choice(42, "bar_stool_1", "bar stool", has_front=True),
    Choice(45, "bar_stool_2", "bar stool", has_front=True),
    Choice(27, "table_1", "table"),
    Choice(134, "table_2", "table"),
    Choice(2, "bed_1", "bed"),
    Choice(3, "bed_2", "bed"),
    Choice(6, "bookcase_1", "bookcase", has_front=True),
    Choice(39, "bookcase_2", "bookcase", has_front=True),
    Choice(94, "chicken_1", "chicken", has_front=True),
    Choice(97, "horse_1", "horse", has_front=True),
    Choice(14, "deer_1", "deer", has_front=True),
    Choice(158, "truck_1", "truck", has_front=True, triangles=2500, drop_materials=TRAILER),
    Choice(119, "forklift_1", "forklift", has_front=True, yaw_deg=90, triangles=2500),
    Choice(10, "airplane_1", "airplane", has_front=True, triangles=4000),
    Choice(51, "teddy_bear_1", "teddy bear", has_front=True),
    Choice(8, "rocking_horse_1", "rocking horse", has_front=True, yaw_deg=90),
    Choice(129, "seesaw_1", "seesaw"),
    Choice(142, "cupcake_1", "cupcake"),
    Choice(90, "loaf_1", "loaf"),
    Choice(53, "milk_carton_1", "milk carton"),
    Choice(47, "fan_1", "fan", has_front=True, triangles=2500),
    Choice(19, "mixer_1", "mixer"),
    Choice(28, "oven_1", "oven", has_front=True),
    Choice(128, "fridge_1", "fridge", has_front=True, triangles=2500),
    Choice(22, "television_1", "television", has_front=True),
    Choice(30, "piano_1", "piano", has_front=True),
    Choice(76, "guitar_1", "guitar", has_front=True, triangles=2500),
    Choice(15, "desk_lamp_1", "desk lamp"),
    Choice(150, "lantern_1", "lantern"),
    Choice(167, "lantern_2", "lantern"),
    Choice(107, "cactus_1", "cactus"),
    Choice(77, "yucca_1", "yucca"),
    Choice(102, "vine_1", "vine", triangles=3000),
    Choice(72, "barrel_1", "barrel"),
    Choice(64, "bottle_1", "bottle"),
    Choice(23, "bottle_2", "bottle"),
    Choice(89, "mug_1", "mug", keep_glass=True),
    Choice(106, "briefcase_1", "briefcase"),
    Choice(120, "handbag_1", "handbag"),
    Choice(60, "umbrella_1", "umbrella"),
)
