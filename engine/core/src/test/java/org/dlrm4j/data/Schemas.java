package org.dlrm4j.data;

import java.nio.charset.StandardCharsets;
import java.util.Random;

/** A schema that uses everything, and random text that follows it. */
final class Schemas {
    static final String EVERYTHING = """
            {"name": "films", "text": {"delimiter": ";;", "header": true, "comment": "#", "quote": "\\"", "trim": true,
              "missing": ["", "?"]},
             "columns": ["rating", "user", "genres", "year", "price"],
             "label": {"column": "rating", "atLeast": 4},
             "dense": [{"column": "year", "transform": "standardize"}, {"column": "price", "transform": "log1p",
               "fill": 2.5}, "price"],
             "sparse": [
               {"column": "user", "minCount": 3, "rareRows": 2},
               {"column": "genres", "separator": "|", "maxValues": 4, "keepMissing": true},
               {"name": "decade", "column": "year", "boundaries": [1980, 1990, 2000], "keepMissing": true},
               {"name": "price_class", "column": "price", "quantiles": 4},
               {"cross": ["user", "genres"], "hashRows": 50},
               {"name": "decades_of_genres", "cross": ["decade", "genres"]}]}
            """;
    static final String HEADER = "# films\n\nprice ;;genres;;unused;;rating;;user;;year\n";

    private Schemas() {}

    static Schema everything() {
        return Schema.parse(EVERYTHING.getBytes(StandardCharsets.UTF_8), "films.json");
    }

    static String rows(Random random, int rows) {
        StringBuilder text = new StringBuilder(HEADER);
        for (int r = 0; r < rows; r++) {
            text.append(random.nextInt(5) == 0 ? "?" : random.nextInt(1000) / 100.0).append(" ;; ");
            for (int g = random.nextInt(4); g > 0; g--) {
                text.append("genre").append(random.nextInt(1 + random.nextInt(7))).append(g == 1 ? "" : "|");
            }
            text.append(random.nextInt(3) == 0 ? ";;\"a;;\"\"b\"\" \";;" : ";;c;;").append(random.nextInt(6))
                    .append(";;");
            text.append(random.nextInt(10) == 0 ? "" : "user " + random.nextInt(1 + random.nextInt(200)));
            text.append(";;").append(random.nextInt(10) == 0 ? "?" : 1970 + random.nextInt(40));
            text.append(random.nextInt(9) == 0 ? "\r\n" : random.nextInt(30) == 0 ? "\n#\n\n" : "\n");
        }
        return text.toString();
    }
}
