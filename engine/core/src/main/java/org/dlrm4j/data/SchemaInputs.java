package org.dlrm4j.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The text files of a data set, plain or gzip.
 *
 * @param train      what the encoding is learned from and models are trained on
 * @param validation what models are judged on while they train; may be empty
 * @param test       what models are judged on in the end; may be empty
 */
public record SchemaInputs(List<Path> train, List<Path> validation, List<Path> test) {
    /**
     * Copies the lists.
     *
     * @throws IllegalArgumentException if there is no training text
     */
    public SchemaInputs {
        train = List.copyOf(train);
        validation = List.copyOf(validation);
        test = List.copyOf(test);
        if (train.isEmpty()) {
            throw new IllegalArgumentException("no input files, expected one or more to train on");
        }
    }

    List<Path> all() {
        List<Path> all = new ArrayList<>(train);
        all.addAll(validation);
        all.addAll(test);
        return all;
    }

    SchemaPart part(int file) {
        return file < train.size()
                ? SchemaPart.TRAIN
                : file < train.size() + validation.size() ? SchemaPart.VALIDATION : SchemaPart.TEST;
    }

    Map<String, String> identity() throws IOException {
        Map<String, String> identity = new LinkedHashMap<>();
        List<Path> all = all();
        for (int i = 0; i < all.size(); i++) {
            identity.put("input." + i, part(i) + " " + InputFiles.fingerprint(all.get(i)));
        }
        return identity;
    }
}
