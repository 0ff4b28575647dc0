/* Unpacks what the page carries: base64, deflate (RFC 1951), numbers of variable length. Works in browsers of any age. */

function bytesOf(text) {
  const letters = window.atob(text);
  const bytes = new Uint8Array(letters.length);
  for (let at = 0; at < letters.length; at += 1) {
    bytes[at] = letters.charCodeAt(at);
  }
  return bytes;
}

/* Numbers in groups of seven bits, lowest first, signs folded in. Numbers stay below 2^31. */
function numbersOf(text) {
  const bytes = bytesOf(text);
  const numbers = new Int32Array(bytes.length);
  let count = 0;
  let value = 0;
  let shift = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    value |= (bytes[at] & 127) << shift;
    if (bytes[at] < 128) {
      numbers[count] = (value >>> 1) ^ -(value & 1);
      count += 1;
      value = 0;
      shift = 0;
    } else {
      shift += 7;
    }
  }
  return numbers.subarray(0, count);
}

/* Counts and symbols of a Huffman code, from the lengths of its words. */
function huffman(lengths) {
  const counts = new Uint16Array(16);
  lengths.forEach((length) => { counts[length] += 1; });
  counts[0] = 0;
  const starts = new Uint16Array(16);
  for (let length = 1; length < 15; length += 1) {
    starts[length + 1] = starts[length] + counts[length];
  }
  const symbols = new Uint16Array(lengths.length);
  lengths.forEach((length, symbol) => {
    if (length) {
      symbols[starts[length]] = symbol;
      starts[length] += 1;
    }
  });
  /* A table of the first nine bits of a word gives symbol and length at once; longer words are walked. */
  const table = new Uint16Array(512);
  let code = 0;
  let index = 0;
  for (let length = 1; length <= 9; length += 1) {
    for (let number = 0; number < counts[length]; number += 1) {
      let turned = 0;
      for (let bit = 0; bit < length; bit += 1) {
        turned |= ((code >> bit) & 1) << (length - 1 - bit);
      }
      for (let at = turned; at < 512; at += 1 << length) {
        table[at] = (symbols[index] << 4) | length;
      }
      code += 1;
      index += 1;
    }
    code <<= 1;
  }
  return { counts, symbols, table };
}

const FIXED_LENGTHS = Array.from({ length: 288 }, (_, at) => (at < 144 ? 8 : at < 256 ? 9 : at < 280 ? 7 : 8));
const LENGTH_BASE = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];
const LENGTH_BITS = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const REACH_BASE = [1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577];
const REACH_BITS = [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13];
const ORDER_OF_LENGTHS = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

function inflate(input) {
  let output = new Uint8Array(Math.max(1024, input.length * 6));
  let size = 0;
  let at = 0;
  let held = 0;
  let bits = 0;
  const need = (count) => {
    while (bits < count) {
      held |= (at < input.length ? input[at] : 0) << bits;
      at += 1;
      bits += 8;
    }
  };
  const take = (count) => {
    need(count);
    const value = held & ((1 << count) - 1);
    held >>>= count;
    bits -= count;
    return value;
  };
  const decode = (tree) => {
    need(15);
    const entry = tree.table[held & 511];
    if (entry) {
      held >>>= entry & 15;
      bits -= entry & 15;
      return entry >> 4;
    }
    let code = 0;
    let first = 0;
    let index = 0;
    for (let length = 1; length < 16; length += 1) {
      code |= (held >>> (length - 1)) & 1;
      const count = tree.counts[length];
      if (code - count < first) {
        held >>>= length;
        bits -= length;
        return tree.symbols[index + code - first];
      }
      index += count;
      first = (first + count) << 1;
      code <<= 1;
    }
    throw new Error("the data of this page are damaged");
  };
  const room = (count) => {
    if (size + count > output.length) {
      const larger = new Uint8Array(Math.max(2 * output.length, size + count));
      larger.set(output.subarray(0, size));
      output = larger;
    }
  };
  const trees = () => {
    const literals = take(5) + 257;
    const reaches = take(5) + 1;
    const given = take(4) + 4;
    const lengths = new Array(19).fill(0);
    for (let number = 0; number < given; number += 1) {
      lengths[ORDER_OF_LENGTHS[number]] = take(3);
    }
    const tree = huffman(lengths);
    const found = [];
    while (found.length < literals + reaches) {
      const symbol = decode(tree);
      if (symbol < 16) {
        found.push(symbol);
      } else {
        const value = symbol === 16 ? found[found.length - 1] : 0;
        const count = symbol === 16 ? take(2) + 3 : symbol === 17 ? take(3) + 3 : take(7) + 11;
        for (let number = 0; number < count; number += 1) {
          found.push(value);
        }
      }
    }
    return [huffman(found.slice(0, literals)), huffman(found.slice(literals))];
  };
  const copyStored = () => {
    at -= bits >> 3;
    held = 0;
    bits = 0;
    const count = input[at] | (input[at + 1] << 8);
    room(count);
    output.set(input.subarray(at + 4, at + 4 + count), size);
    at += 4 + count;
    size += count;
  };
  const copyCoded = (literals, reaches) => {
    for (let symbol = decode(literals); symbol !== 256; symbol = decode(literals)) {
      room(258);
      if (symbol < 256) {
        output[size] = symbol;
        size += 1;
      } else {
        const length = LENGTH_BASE[symbol - 257] + take(LENGTH_BITS[symbol - 257]);
        const code = decode(reaches);
        const from = size - REACH_BASE[code] - take(REACH_BITS[code]);
        for (let number = 0; number < length; number += 1) {
          output[size + number] = output[from + number];
        }
        size += length;
      }
    }
  };
  for (let isLast = 0; !isLast;) {
    isLast = take(1);
    const type = take(2);
    if (type === 0) {
      copyStored();
    } else if (type === 1) {
      copyCoded(huffman(FIXED_LENGTHS), huffman(new Array(30).fill(5)));
    } else {
      copyCoded(...trees());
    }
  }
  return output.subarray(0, size);
}

function unpackText(packed) {
  return JSON.parse(new TextDecoder().decode(inflate(bytesOf(packed))));
}

const KIND = { none: 0, point: 1, rings: 2, lines: 3, ellipse: 4 };
const STEPS_A_DEGREE = 1e6;
const ELLIPSE_POINTS = 60;

/* Web Mercator as a square of side 1, from the top left. */
function worldX(longitude) {
  return longitude / 360 + 0.5;
}

function worldY(latitude) {
  const sine = Math.sin((Math.max(-85.0511, Math.min(85.0511, latitude)) * Math.PI) / 180);
  return 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI);
}

function toLatitude(y) {
  return (Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) * 180) / Math.PI;
}

function toLongitude(x) {
  return (x - 0.5) * 360;
}

/* Metres that a degree is worth along the meridian and along the parallel of WGS 84. */
function degreeLengths(latitude) {
  const phi = (latitude * Math.PI) / 180;
  const curvature = 1 - 0.00669437999014 * Math.sin(phi) ** 2;
  const radius = (6378137 * Math.PI) / 180;
  return [(radius * (1 - 0.00669437999014)) / curvature ** 1.5, (radius * Math.cos(phi)) / Math.sqrt(curvature)];
}

/* Shapes of a layer: for each its kind, its box and its rings, all as points of the world square. */
function unpackShapes(packed, count) {
  const kinds = numbersOf(packed.kinds);
  const counts = numbersOf(packed.counts);
  const steps = numbersOf(packed.steps);
  const axes = numbersOf(packed.axes);
  const size = steps.length / 2 + (axes.length / 3) * (ELLIPSE_POINTS - 1);
  const shapes = {
    count, kinds, x: new Float64Array(size), y: new Float64Array(size), box: new Float64Array(4 * count),
    firstRing: new Int32Array(count + 1), ends: [],
  };
  let longitude = 0;
  let latitude = 0;
  let step = 0;
  let counted = 0;
  let axis = 0;
  let filled = 0;
  const put = (lon, lat) => {
    shapes.x[filled] = worldX(lon >= turnEast ? lon - 360 : lon);
    shapes.y[filled] = worldY(lat);
    filled += 1;
  };
  const next = () => {
    longitude += steps[step];
    latitude += steps[step + 1];
    step += 2;
  };
  for (let number = 0; number < count; number += 1) {
    const from = filled;
    shapes.firstRing[number] = shapes.ends.length;
    if (kinds[number] === KIND.point) {
      next();
      put(longitude / STEPS_A_DEGREE, latitude / STEPS_A_DEGREE);
      shapes.ends.push(filled);
    } else if (kinds[number] === KIND.ellipse) {
      next();
      putEllipse(longitude / STEPS_A_DEGREE, latitude / STEPS_A_DEGREE, axes.subarray(axis, axis + 3), put);
      axis += 3;
      shapes.ends.push(filled);
    } else if (kinds[number] !== KIND.none) {
      const rings = counts[counted];
      for (let ring = 1; ring <= rings; ring += 1) {
        for (let left = counts[counted + ring]; left > 0; left -= 1) {
          next();
          put(longitude / STEPS_A_DEGREE, latitude / STEPS_A_DEGREE);
        }
        shapes.ends.push(filled);
      }
      counted += rings + 1;
    }
    measureBox(shapes, number, from, filled);
  }
  shapes.firstRing[count] = shapes.ends.length;
  return shapes;
}

function putEllipse(longitude, latitude, axes, put) {
  const [north, east] = degreeLengths(latitude);
  const turn = ((axes[2] / 100) * Math.PI) / 180;
  for (let number = 0; number < ELLIPSE_POINTS; number += 1) {
    const angle = (2 * Math.PI * number) / ELLIPSE_POINTS;
    const along = (axes[0] / 10) * Math.cos(angle);
    const across = (axes[1] / 10) * Math.sin(angle);
    const right = along * Math.sin(turn) + across * Math.cos(turn);
    const up = along * Math.cos(turn) - across * Math.sin(turn);
    put(longitude + right / east, latitude + up / north);
  }
}

function measureBox(shapes, number, from, to) {
  let [west, top, east, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let at = from; at < to; at += 1) {
    west = Math.min(west, shapes.x[at]);
    east = Math.max(east, shapes.x[at]);
    top = Math.min(top, shapes.y[at]);
    bottom = Math.max(bottom, shapes.y[at]);
  }
  shapes.box.set([west, top, east, bottom], 4 * number);
}

/* First and last point of each ring of a shape. */
function ringsAt(shapes, number) {
  const rings = [];
  for (let ring = shapes.firstRing[number]; ring < shapes.firstRing[number + 1]; ring += 1) {
    rings.push([ring ? shapes.ends[ring - 1] : 0, shapes.ends[ring]]);
  }
  return rings;
}
