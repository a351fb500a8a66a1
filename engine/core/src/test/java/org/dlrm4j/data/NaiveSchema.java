package org.dlrm4j.data;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@link Schemas#EVERYTHING} spelt out by hand, with strings and maps: what the encoding must give. */
final class NaiveSchema {
    record Sample(float label, float[] dense, List<List<Integer>> bags) {}

    private record Row(double rating, String user, List<String> genres, double year, double price) {}

    private final List<Row> training;
    private final Map<String, Integer> users = new LinkedHashMap<>();
    private final Map<String, Integer> genres = new LinkedHashMap<>();
    private final Map<String, Integer> crosses = new LinkedHashMap<>();
    private final double[] bounds;
    private final double mean;
    private final double deviation;

    NaiveSchema(String text, int trainRows) {
        training = rows(text).subList(0, trainRows);
        Map<String, Integer> userCounts = new LinkedHashMap<>();
        Map<String, Integer> genreCounts = new LinkedHashMap<>();
        for (Row row : training) {
            if (!row.user.isEmpty()) {
                userCounts.merge(row.user, 1, Integer::sum);
            }
            row.genres.forEach(genre -> genreCounts.merge(genre, 1, Integer::sum));
            for (String cross : crosses(row)) {
                crosses.putIfAbsent(cross, crosses.size());
            }
        }
        userCounts.forEach((user, count) -> {
            if (count >= 3) {
                users.put(user, users.size());
            }
        });
        List<String> order = new ArrayList<>(genreCounts.keySet());
        List<String> kept = order.stream().sorted((a, b) -> genreCounts.get(b) - genreCounts.get(a)).limit(4).toList();
        order.stream().filter(kept::contains).forEach(genre -> genres.put(genre, genres.size()));
        double[] prices = training.stream().mapToDouble(Row::price).filter(p -> !Double.isNaN(p)).sorted().toArray();
        bounds = new double[]{prices[prices.length / 4], prices[prices.length / 2], prices[prices.length * 3 / 4]};
        double[] years = training.stream().mapToDouble(Row::year).filter(y -> !Double.isNaN(y)).toArray();
        mean = Arrays.stream(years).average().orElseThrow();
        deviation = Math.sqrt(Arrays.stream(years).map(y -> (y - mean) * (y - mean)).average().orElseThrow());
    }

    static List<Row> rows(String text) {
        List<Row> rows = new ArrayList<>();
        for (String line : text.lines().filter(l -> !l.isEmpty() && !l.startsWith("#")).skip(1).toList()) {
            String[] fields = line.replace("\"a;;\"\"b\"\" \"", "quoted").split(";;", -1);
            List<String> parts = fields[1].isBlank() ? List.of("?") : List.of(fields[1].strip().split("\\|"));
            rows.add(new Row(Double.parseDouble(fields[3]), fields[4], parts, number(fields[5]), number(fields[0])));
        }
        return rows;
    }

    private static double number(String text) {
        return text.isBlank() || text.strip().equals("?") ? Double.NaN : Double.parseDouble(text);
    }

    private static List<String> crosses(Row row) {
        return row.genres.stream().map(genre -> decade(row.year) + genre).toList();
    }

    private static int decade(double year) {
        return Double.isNaN(year) ? 4 : year < 1980 ? 0 : year < 1990 ? 1 : year < 2000 ? 2 : 3;
    }

    private static long hash(String text) {
        return text.equals("?")
                ? ValueHash.MISSING
                : ValueHash.of(text.getBytes(StandardCharsets.UTF_8), 0, text.length());
    }

    long[] tableRows() {
        return new long[]{users.size() + 2, genres.size(), 5, 4, 50, crosses.size()};
    }

    List<Sample> samples(String text) {
        return rows(text).stream().map(this::sample).toList();
    }

    private Sample sample(Row row) {
        float year = Double.isNaN(row.year) ? 0 : (float) ((row.year - mean) / deviation);
        float[] dense = {year, (float) Math.log1p(Double.isNaN(row.price) ? 2.5 : row.price),
                Double.isNaN(row.price) ? 0 : (float) row.price};
        List<Integer> user = List.of();
        if (!row.user.isEmpty()) {
            user = List.of(users.getOrDefault(row.user,
                    users.size() + (int) Long.remainderUnsigned(ValueHash.mix(hash(row.user)), 2)));
        }
        List<Integer> hashed = row.user.isEmpty()
                ? List.of()
                : row.genres.stream().map(genre -> (int) Long.remainderUnsigned(
                        ValueHash.combine(ValueHash.combine(0, hash(row.user)), hash(genre)), 50)).toList();
        int price = 0;
        while (price < 3 && row.price >= bounds[price]) {
            price++;
        }
        return new Sample(row.rating >= 4 ? 1 : 0, dense,
                List.of(user, row.genres.stream().filter(genres::containsKey).map(genres::get).toList(),
                        List.of(decade(row.year)), Double.isNaN(row.price) ? List.of() : List.of(price), hashed,
                        crosses(row).stream().filter(crosses::containsKey).map(crosses::get).toList()));
    }
}
