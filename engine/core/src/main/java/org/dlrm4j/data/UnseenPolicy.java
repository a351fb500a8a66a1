package org.dlrm4j.data;

/**
 * What a hash that training never saw contributes. Chosen per table by the caller, because {@link FeatureDictionary}
 * only tells that it does not know a hash.
 */
public enum UnseenPolicy {
    /** Refuse the sample. */
    ERROR,
    /** Take row 0, the row of the first value that training saw. */
    ZERO,
    /** Take no row: the bag stays empty and its sum is zero. */
    EMPTY_BAG,
    /** Take the row {@code hash mod rows}, unsigned: unseen values spread over the table. */
    HASH;

    /** What {@link #resolve} returns when a value contributes nothing. */
    public static final int NO_ROW = -1;

    /**
     * Looks up a hash and applies the policy if the dictionary does not have it. Does not allocate unless it throws.
     *
     * @param dictionary the feature's dictionary
     * @param hash       the hash as the text files have it
     * @return a row of the dictionary, or {@link #NO_ROW} if the value contributes nothing
     * @throws DatasetException if the hash is unseen and the policy is {@link #ERROR}, or the dictionary is empty and
     *                          the policy needs a row; names feature and hash
     */
    public int resolve(FeatureDictionary dictionary, int hash) {
        int row = dictionary.row(hash);
        if (row >= 0) {
            return row;
        }
        if (this == EMPTY_BAG) {
            return NO_ROW;
        }
        if (this == ERROR || dictionary.size() == 0) {
            throw new DatasetException("feature C" + (dictionary.feature() + 1) + ": value "
                    + FeatureDictionary.hex(hash) + " is none of the " + dictionary.size()
                    + " that training saw; choose another policy for unseen values, or train with it");
        }
        return this == ZERO ? 0 : Integer.remainderUnsigned(hash, dictionary.size());
    }
}
