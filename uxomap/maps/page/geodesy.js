/* Places, lengths and areas on WGS 84. Pure functions of numbers. */

const EARTH_A = 6378137;
const EARTH_F = 1 / 298.257223563;
const EARTH_E2 = EARTH_F * (2 - EARTH_F);
const BAND_LETTERS = "CDEFGHJKLMNPQRSTUVWXX";
const COLUMN_LETTERS = ["ABCDEFGH", "JKLMNPQR", "STUVWXYZ"];
const ROW_LETTERS = "ABCDEFGHJKLMNPQRSTUV";

function inRadians(degree) {
  return (degree * Math.PI) / 180;
}

/* Number of the UTM zone, with the wider zones of south-western Norway and Svalbard. */
function utmZone(longitude, latitude) {
  const zone = Math.min(60, Math.floor((longitude + 180) / 6) + 1);
  if (latitude >= 56 && latitude < 64 && longitude >= 3 && longitude < 12) {
    return 32;
  }
  if (latitude >= 72 && longitude >= 0 && longitude < 42) {
    return longitude < 9 ? 31 : longitude < 21 ? 33 : longitude < 33 ? 35 : 37;
  }
  return zone;
}

/* Easting and northing of transverse Mercator, by the series of Krueger (1912) in the third flattening. */
function toUtm(longitude, latitude, zone) {
  const n = EARTH_F / (2 - EARTH_F);
  const n2 = n * n;
  const n3 = n2 * n;
  const n4 = n3 * n;
  const radius = (EARTH_A / (1 + n)) * (1 + n2 / 4 + n4 / 64);
  const series = [n / 2 - (2 * n2) / 3 + (5 * n3) / 16 + (41 * n4) / 180, (13 * n2) / 48 - (3 * n3) / 5 + (557 * n4) / 1440,
    (61 * n3) / 240 - (103 * n4) / 140, (49561 * n4) / 161280];
  const e = Math.sqrt(EARTH_E2);
  const sine = Math.sin(inRadians(latitude));
  const conformal = Math.sinh(Math.atanh(sine) - e * Math.atanh(e * sine));
  const turn = inRadians(longitude - (zone * 6 - 183));
  const north = Math.atan2(conformal, Math.cos(turn));
  const east = Math.asinh(Math.sin(turn) / Math.hypot(conformal, Math.cos(turn)));
  let [x, y] = [east, north];
  series.forEach((weight, at) => {
    const times = 2 * (at + 1);
    x += weight * Math.cos(times * north) * Math.sinh(times * east);
    y += weight * Math.sin(times * north) * Math.cosh(times * east);
  });
  return [0.9996 * radius * x + 500000, 0.9996 * radius * y + (latitude < 0 ? 1e7 : 0)];
}

/* Grid reference to so many digits (5: one metre, 0: the square of 100 km); empty beyond 80 degrees south and 84 degrees north, where another grid begins. */
function toMgrs(longitude, latitude, digits = 5) {
  if (!(latitude >= -80 && latitude <= 84)) {
    return "";
  }
  const turned = ((((longitude + 180) % 360) + 360) % 360) - 180;
  const zone = utmZone(turned, latitude);
  const [easting, northing] = toUtm(turned, latitude, zone);
  const column = COLUMN_LETTERS[(zone - 1) % 3][Math.floor(easting / 1e5) - 1];
  const row = ROW_LETTERS[(Math.floor(northing / 1e5) + (zone % 2 ? 0 : 5)) % 20];
  const within = [easting, northing].map((value) => " " + String(Math.floor(value % 1e5)).padStart(5, "0").slice(0, digits));
  const band = BAND_LETTERS[Math.floor((latitude + 80) / 8)];
  return zone + band + " " + column + row + (digits ? within.join("") : "");
}

/* Length of the geodesic between two places, in metres, after Vincenty (1975); on a sphere where that fails. */
function geodesicLength(from, to) {
  const b = EARTH_A * (1 - EARTH_F);
  const turn = inRadians(to[0] - from[0]);
  const [u1, u2] = [from, to].map((place) => Math.atan((1 - EARTH_F) * Math.tan(inRadians(place[1]))));
  const [sin1, cos1, sin2, cos2] = [Math.sin(u1), Math.cos(u1), Math.sin(u2), Math.cos(u2)];
  let lambda = turn;
  for (let round = 0; round < 100; round += 1) {
    const sinSigma = Math.hypot(cos2 * Math.sin(lambda), cos1 * sin2 - sin1 * cos2 * Math.cos(lambda));
    if (sinSigma === 0) {
      return 0;
    }
    const cosSigma = sin1 * sin2 + cos1 * cos2 * Math.cos(lambda);
    const sigma = Math.atan2(sinSigma, cosSigma);
    const sinAlpha = (cos1 * cos2 * Math.sin(lambda)) / sinSigma;
    const cos2Alpha = 1 - sinAlpha * sinAlpha;
    const middle = cos2Alpha ? cosSigma - (2 * sin1 * sin2) / cos2Alpha : 0;
    const c = (EARTH_F / 16) * cos2Alpha * (4 + EARTH_F * (4 - 3 * cos2Alpha));
    const before = lambda;
    lambda = turn + (1 - c) * EARTH_F * sinAlpha
      * (sigma + c * sinSigma * (middle + c * cosSigma * (2 * middle * middle - 1)));
    if (Math.abs(lambda - before) < 1e-12) {
      const u = (cos2Alpha * (EARTH_A * EARTH_A - b * b)) / (b * b);
      const large = 1 + (u / 16384) * (4096 + u * (u * (320 - 175 * u) - 768));
      const small = (u / 1024) * (256 + u * (u * (74 - 47 * u) - 128));
      const change = small * sinSigma * (middle + (small / 4) * (cosSigma * (2 * middle * middle - 1)
        - (small / 6) * middle * (4 * sinSigma * sinSigma - 3) * (4 * middle * middle - 3)));
      return b * large * (sigma - change);
    }
  }
  const [phi1, phi2] = [inRadians(from[1]), inRadians(to[1])];
  const half = Math.sin((phi2 - phi1) / 2) ** 2 + Math.cos(phi1) * Math.cos(phi2) * Math.sin(turn / 2) ** 2;
  return 2 * 6371008.8 * Math.asin(Math.min(1, Math.sqrt(half)));
}

/* Part of the ellipsoid's area between the equator and a latitude, as a function that grows with it. */
function authalic(latitude) {
  const e = Math.sqrt(EARTH_E2);
  const sine = Math.sin(inRadians(latitude));
  return (1 - EARTH_E2) * (sine / (1 - EARTH_E2 * sine * sine) + Math.atanh(e * sine) / e);
}

/* Area of a ring of places in square metres, on the sphere that has the area of the ellipsoid. */
function geodesicArea(places) {
  const whole = authalic(90);
  const tangent = places.map((place) => Math.tan(Math.asin(Math.max(-1, Math.min(1, authalic(place[1]) / whole))) / 2));
  let excess = 0;
  places.forEach((place, at) => {
    const next = (at + 1) % places.length;
    const turn = inRadians(((((places[next][0] - place[0] + 180) % 360) + 360) % 360) - 180);
    excess += 2 * Math.atan2(Math.tan(turn / 2) * (tangent[at] + tangent[next]), 1 + tangent[at] * tangent[next]);
  });
  return (Math.abs(excess) * EARTH_A * EARTH_A * whole) / 2;
}
