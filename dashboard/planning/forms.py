"""What may be asked of the planner: a model for each kind of mission, as the command line has it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from missions.plan import Authority, NoFly
from missions.sorties.fleet import DRONES_MOST
from missions.wind import CALM, Wind

RINGS_MOST = 200
CORNERS_MOST = 50_000
ZONES_MOST = 500

Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
Position = tuple[Longitude, Latitude]
PatternName = Literal[
    "expanding-square", "sector", "parallel-sweep", "creeping-line", "track-line", "contour"
]
Metres = Annotated[float, Field(gt=0, le=100_000)]


class Form(BaseModel):
    """Unknown names are refused: a name that is misspelt would be left out silently."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class PolygonForm(Form):
    """A GeoJSON Polygon, its holes after its outline; longitude stands first."""

    type: Literal["Polygon"]
    coordinates: list[Annotated[list[Position], Field(min_length=4, max_length=CORNERS_MOST)]] = (
        Field(min_length=1, max_length=RINGS_MOST)
    )


class LineForm(Form):
    """A GeoJSON LineString; longitude stands first."""

    type: Literal["LineString"]
    coordinates: list[Position] = Field(min_length=2, max_length=CORNERS_MOST)


class PlaceForm(Form):
    """A place on the ground."""

    latitude: Latitude
    longitude: Longitude


class HomeForm(PlaceForm):
    """Where a drone takes off and lands."""

    altitude: float | None = Field(None, ge=-600, le=9000, description="Above mean sea level.")


class ZoneForm(Form):
    """A zone that no drone may enter."""

    name: str = Field("", max_length=200)
    polygon: PolygonForm
    lower: float | None = Field(None, ge=-1e5, le=1e5, description="Metres; none: from the ground.")
    upper: float | None = Field(None, ge=-1e5, le=1e5, description="Metres; none: without limit.")
    reference: Literal["AGL", "AMSL"] = Field("AGL", description="What the heights are above.")


class DroneForm(Form):
    """A drone of the fleet by its key, or `count` drones of a kind."""

    kind: str = Field(max_length=60, description="Kind of drone; GET /drones lists them.")
    asset: str | None = Field(
        None,
        pattern=r"^\d{1,19}$",
        description="Key of a drone of the fleet; none: any of the kind.",
    )
    count: int = Field(1, ge=1, le=DRONES_MOST, description="How many; of the fleet's, one.")
    home: HomeForm | None = Field(
        None, description="Where it takes off (default: where the fleet's drone is now)."
    )

    @model_validator(mode="after")
    def _told(self) -> DroneForm:
        if self.asset is not None and self.count != 1:
            raise ValueError("an asset is one drone; leave the count out")
        if self.asset is None and self.home is None:
            raise ValueError("give the home of drones that are none of the fleet's")
        return self


class CommonForm(Form):
    """Who flies, how high and in what."""

    name: str = Field("", max_length=200, description="What the plan is called.")
    drones: list[DroneForm] = Field(min_length=1, max_length=DRONES_MOST)
    battery: Literal["full", "present"] = Field(
        "full", description="Whether the fleet's drones begin with full batteries or those of now."
    )
    height: float = Field(60.0, gt=0, le=10_000, description="Metres above home.")
    speed: float | None = Field(
        None, gt=0, le=120, description="Metres per second (default: the drone's own)."
    )
    camera: str | None = Field(
        None, max_length=60, description="Camera (default: the drone's first)."
    )
    wind: Wind = Field(CALM, description="Degrees it comes from, metres per second.")
    temperature: float = Field(25.0, ge=-60, le=70, description="Degrees Celsius.")
    terrain: bool = Field(
        default=False,
        description="Fly over the ground of the server's height grid (`terrain`).",
    )
    zones: list[ZoneForm] = Field(
        default_factory=list, max_length=ZONES_MOST, description="No-fly zones."
    )
    geofences: bool = Field(
        default=True, description="Keep out of the geofences that are closed to drones, too."
    )
    height_most: float = Field(
        120.0, gt=0, le=10_000, description="Limit above the ground, metres."
    )
    goal: Literal["makespan", "energy"] = Field(
        "makespan", description="The earliest end, or the least energy."
    )
    start: AwareDatetime | None = Field(None, description="When it begins, if that is known.")


class SpacedForm(CommonForm):
    """Lanes and pictures."""

    spacing: Metres | None = Field(
        None, description="Metres between lanes (default: by camera and overlap)."
    )
    sidelap: float = Field(0.7, ge=0, le=0.95, description="Overlap of lanes, 0 … 0.95.")
    frontlap: float = Field(0.8, ge=0, le=0.95, description="Overlap of pictures, 0 … 0.95.")


class CoverageForm(SpacedForm):
    """See all of an area."""

    kind: Literal["coverage"]
    area: PolygonForm
    gsd: float | None = Field(None, gt=0, le=100, description="Metres per pixel; sets the height.")
    margin: float = Field(0.0, ge=0, le=10_000, description="Metres to stay inside the edges.")
    turns_outside: bool = Field(
        default=False, description="A fixed wing may turn outside the area."
    )


class CorridorForm(SpacedForm):
    """See a road, canal or power line from end to end."""

    kind: Literal["corridor"]
    line: LineForm = Field(description="The line along the middle.")
    width: Metres = Field(description="Metres of the corridor, both sides together.")


class OrbitForm(CommonForm):
    """Round a structure, ring above ring."""

    kind: Literal["orbit"]
    area: PolygonForm = Field(description="The structure's outline.")
    distance: Metres = Field(20.0, description="Metres from the structure.")
    lowest: Metres = Field(20.0, description="Height of the lowest ring, metres.")
    rings: int = Field(3, ge=1, le=200, description="How many rings, up to the height.")


class SearchForm(CommonForm):
    """Search by one of IAMSAR's patterns."""

    kind: Literal["search"]
    pattern: PatternName = Field(description="Of IAMSAR.")
    detection: float = Field(
        gt=0, le=1, description="P(detect | in the picture): of this target from this height."
    )
    law: Literal["random", "inverse-cube", "definite-range"] = Field(
        "random", description="How coverage becomes a probability of detection."
    )
    area: PolygonForm | None = Field(None, description="Of a sweep or a contour search.")
    datum: PlaceForm | None = Field(None, description="The place, of a square or a sector search.")
    track: LineForm | None = Field(None, description="The line they meant to go.")
    spacing: Metres | None = Field(
        None, description="Metres between legs (default: the sweep width)."
    )
    legs: int = Field(12, ge=1, le=1000, description="Of an expanding square.")
    radius: Metres | None = Field(None, description="Of a sector search, metres.")
    interval: float = Field(20.0, gt=0, le=1000, description="Metres between contours.")
    repeat: int = Field(0, ge=0, le=100, description="How often it was searched before.")
    heading: float | None = Field(None, ge=0, lt=360, description="Of the first leg, degrees.")
    one_way: bool = Field(default=False, description="Track line: no way back.")

    @model_validator(mode="after")
    def _has_its_place(self) -> SearchForm:
        wanted = {
            "expanding-square": ("datum",),
            "sector": ("datum", "radius"),
            "track-line": ("track",),
        }.get(self.pattern, ("area",))
        for name in wanted:
            if getattr(self, name) is None:
                raise ValueError(f"a search by {self.pattern} wants its {name}")
        return self


class LastingForm(CommonForm):
    """What is watched for a time."""

    begin: float = Field(300.0, ge=0, le=86_400, description="Seconds until the cover begins.")
    last: float = Field(1800.0, gt=0, le=86_400, description="Seconds that it lasts.")


class CrowdForm(LastingForm):
    """Watch a crowd from beside it, without a gap."""

    kind: Literal["crowd"]
    area: PolygonForm = Field(description="Where the people are.")
    ring: int = Field(
        0, ge=0, le=100, description="Rounds of the edge; 0: posts that see all of the crowd."
    )
    heights: list[Metres] | None = Field(
        None, min_length=1, max_length=19, description="Of posts to choose from (default: height)."
    )
    gsd: float = Field(0.05, gt=0, le=10, description="Metres per pixel at the farthest person.")
    depression: float = Field(
        10.0, gt=0, lt=90, description="Degrees; flatter, people hide each other."
    )
    course: float = Field(0.0, ge=0, lt=360, description="Where the crowd goes, degrees.")
    pace: float = Field(0.0, ge=0, le=10, description="How fast, metres per second.")
    growth: float = Field(0.0, ge=0, le=10, description="Of its edge outwards, metres per second.")
    error: float = Field(5.0, ge=0, le=1000, description="Of its drawn edge, metres.")
    spares: int = Field(0, ge=0, le=100, description="Drones to keep in reserve.")
    previous: UUID | None = Field(
        None, description="The kept plan of before, when the crowd has moved."
    )


class BorderForm(LastingForm):
    """Watch a border from our side of it, by an order that is valid."""

    kind: Literal["border"]
    begin: float = Field(600.0, ge=0, le=86_400, description="Seconds until the patrol begins.")
    last: float = Field(3600.0, gt=0, le=86_400, description="Seconds that it lasts.")
    line: LineForm = Field(description="The border.")
    side: Literal["left", "right"] = Field(description="Ours, seen along the line.")
    buffer: Metres = Field(200.0, description="Metres that no drone comes nearer.")
    offset: Metres = Field(300.0, description="Metres of the way from the line.")
    revisit: float = Field(
        1200.0, gt=0, le=86_400, description="Seconds after which each point is passed again."
    )
    authority: Authority = Field(description="Who ordered it, and from when to when that is valid.")
    start: AwareDatetime = Field(description="When it begins: an order is valid for a time.")
    antenna: float = Field(10.0, ge=0, le=500, description="Metres of the mast at home.")
    see: float = Field(
        0.9, ge=0, le=1, description="Share of the line to be seen, where the terrain tells."
    )


PlanForm = Annotated[
    CoverageForm | CorridorForm | OrbitForm | SearchForm | CrowdForm | BorderForm,
    Field(discriminator="kind"),
]

FORMS: dict[str, type[CommonForm]] = {
    "coverage": CoverageForm,
    "corridor": CorridorForm,
    "orbit": OrbitForm,
    "search": SearchForm,
    "crowd": CrowdForm,
    "border": BorderForm,
}


class NamedDrone(Form):
    """A drone of a request as the planner is given it."""

    name: str
    kind: str
    home: HomeForm
    asset: str | None = None
    battery: float | None = Field(None, description="Share that is in it; none: full.")


class Task(Form):
    """All that a plan is made of; what the server knows is in it."""

    form: PlanForm
    name: str
    drones: list[NamedDrone]
    zones: list[NoFly] = Field(description="That are closed besides those of the form.")
    created: datetime
    terrain: str | None = Field(None, description="Path of the height grid.")
    library: str | None = Field(None, description="Folder of our own drones and cameras.")
    previous: str | None = Field(None, description="A plan's file.")
