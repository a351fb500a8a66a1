package org.dlrm4j.data;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What preprocessing must give, written down as the reference describes it: everything in memory, strings and hash maps,
 * one row after the other.
 */
final class NaivePreprocessing {
    final List<int[]> train = new ArrayList<>();
    final List<int[]> validation = new ArrayList<>();
    final List<int[]> test = new ArrayList<>();
    final List<List<Integer>> dictionaries = new ArrayList<>();
    long badRows;

    NaivePreprocessing(List<String> texts, PreprocessOptions options) {
        List<List<String>> days = new ArrayList<>();
        for (String text : texts) {
            days.add(text.isEmpty() ? List.of() : List.of(text.split("\r?\n")));
        }
        if (texts.size() == 1 && options.split().kind() == Split.Kind.LAST_DAY) {
            days = divide(days.getFirst(), options.days());
        }
        List<Map<Integer, Integer>> ids = new ArrayList<>();
        for (int f = 0; f < 26; f++) {
            ids.add(new HashMap<>());
            dictionaries.add(new ArrayList<>());
        }
        NumpyRandom random = new NumpyRandom(options.seed());
        List<int[]> lastDay = new ArrayList<>();
        long row = 0;
        for (int d = 0; d < days.size(); d++) {
            for (String line : days.get(d)) {
                double u = options.negativeDropRate() == 0 ? 1 : random.uniform(0, 1);
                boolean first = row++ < options.split().trainRows();
                String[] fields = line.split("\t", -1);
                if (fields.length != 40) {
                    badRows++;
                    continue;
                }
                if (fields[0].equals("0") && u < options.negativeDropRate()) {
                    continue;
                }
                int[] record = convert(fields, options.maxIndexRange(), ids);
                switch (options.split().kind()) {
                    case NONE -> train.add(record);
                    case TRAIN_ROWS -> (first ? train : test).add(record);
                    case LAST_DAY -> (d < days.size() - 1 ? train : lastDay).add(record);
                }
            }
        }
        int half = (lastDay.size() + 1) / 2;
        test.addAll(lastDay.subList(0, half));
        validation.addAll(lastDay.subList(half, lastDay.size()));
    }

    private static List<List<String>> divide(List<String> lines, int days) {
        List<List<String>> parts = new ArrayList<>();
        int at = 0;
        for (int d = 0; d < days; d++) {
            int length = lines.size() / days + (d < lines.size() % days ? 1 : 0);
            parts.add(lines.subList(at, at + length));
            at += length;
        }
        return parts;
    }

    private int[] convert(String[] fields, int range, List<Map<Integer, Integer>> ids) {
        int[] record = new int[40];
        record[0] = Integer.parseInt(fields[0]);
        for (int j = 1; j < 14; j++) {
            record[j] = fields[j].isEmpty() ? 0 : Math.max(0, Integer.parseInt(fields[j]));
        }
        for (int f = 0; f < 26; f++) {
            long hash = Long.parseLong(fields[14 + f].isEmpty() ? "0" : fields[14 + f], 16);
            int key = (int) (range > 0 ? hash % range : hash);
            Integer id = ids.get(f).get(key);
            if (id == null) {
                id = dictionaries.get(f).size();
                ids.get(f).put(key, id);
                dictionaries.get(f).add(key);
            }
            record[14 + f] = id;
        }
        return record;
    }
}
