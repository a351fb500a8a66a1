package org.dlrm4j.store;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.Optional;
import org.dlrm4j.kernels.RowFormat;
import org.dlrm4j.os.Advice;
import org.dlrm4j.os.FileSpace;
import org.dlrm4j.os.HoleFinder;
import org.dlrm4j.os.MappedFile;
import org.dlrm4j.os.MemoryPolicy;
import org.dlrm4j.os.NativeCallException;
import org.dlrm4j.os.NativeMemory;
import org.dlrm4j.os.NumaMemory;
import org.dlrm4j.os.ThreadMemoryPolicy;

/**
 * A table of {@code rows x dim} numbers in off-heap memory, anonymous or file-backed.
 *
 * <p>Row {@code r} begins at byte {@code rowOffset(r)} of {@link #segment()} and is stored in {@link #rowFormat()}: element
 * {@code d} of a float32 row lies {@code 4 * d} bytes further. The row stride is the length of a row rounded up to a power of two up to
 * 64 bytes and to a multiple of 64 bytes beyond, so that a row touches as few cache lines as it can; rows with scale and bias
 * ({@link RowFormat#I8}, {@link RowFormat#I4}) follow each other without gaps. Padding is zero and must stay so.
 *
 * <p>A file is <em>open</em> while it is written and <em>sealed</em> by {@link #seal()}, which computes its checksums; only
 * sealed files can be opened read-only. A sealed file is immutable for as long as nobody calls {@link #openWritable}.
 *
 * <p>The owner closes the table; afterwards access through the segment throws {@code IllegalStateException}. Reading from
 * many threads is safe. Rows are not synchronised: writers of the same row must agree among themselves, and nobody may
 * write during {@link #seal()}.
 */
public final class EmbeddingTable implements AutoCloseable {
    private final String name;
    private final TableShape shape;
    private final long dataOffset;
    private final long rowStrideBytes;
    private final AutoCloseable memory;
    private final MappedFile file;
    private MemorySegment segment;
    private boolean writable;
    private final boolean copyOnWrite;
    private volatile MemoryPolicy memoryPolicy;

    /** How a new table file gets its disk space. */
    public enum Allocation {
        /** All blocks at creation: fails at once if the disk is too small, never later. */
        PREALLOCATED,
        /**
         * Blocks as rows are written: for tables larger than the disk of which few rows are used. If the disk is full
         * when a new row is written, the process dies of SIGBUS.
         */
        SPARSE
    }

    private EmbeddingTable(String name, TableShape shape, NativeMemory memory) {
        this.name = name;
        this.shape = shape;
        this.dataOffset = 0;
        this.rowStrideBytes = shape.rowStrideBytes();
        this.memory = memory;
        this.file = null;
        this.segment = memory.segment();
        this.writable = true;
        this.copyOnWrite = false;
        this.memoryPolicy = memory.policy();
    }

    private EmbeddingTable(TableHeader header, MappedFile file, MappedFile.Access access) {
        this.name = header.name();
        this.shape = header.shape();
        this.dataOffset = TableFileDescriptor.dataOffset(shape.dataBytes());
        this.rowStrideBytes = shape.rowStrideBytes();
        this.memory = file;
        this.file = file;
        this.segment = file.segment();
        this.writable = access != MappedFile.Access.READ_ONLY;
        this.copyOnWrite = access == MappedFile.Access.COPY_ON_WRITE;
        this.memoryPolicy = MemoryPolicy.DEFAULT;
    }

    /**
     * Makes a table of float32 zeros in anonymous memory. Pages are placed by the thread that first writes them.
     *
     * @param name the table's name, 1 to 1024 bytes of UTF-8
     * @param rows number of rows, 1 to 2^42
     * @param dim floats a row, 1 to 2^20; the table has at most 64 TiB
     * @return the owner of the memory
     * @throws IllegalArgumentException if name or shape are out of range
     * @throws NativeCallException if the kernel has not enough memory
     */
    public static EmbeddingTable anonymous(String name, long rows, int dim) {
        return anonymous(name, rows, dim, RowFormat.F32, MemoryPolicy.DEFAULT);
    }

    /**
     * Makes a table of zeros in anonymous memory that is placed on NUMA nodes by a policy.
     *
     * @param name the table's name, 1 to 1024 bytes of UTF-8
     * @param rows number of rows, 1 to 2^42
     * @param dim elements a row, 1 to 2^20, even for {@link RowFormat#I4}; the table has at most 64 TiB
     * @param format how rows are stored
     * @param policy where pages are placed when they are first written
     * @return the owner of the memory
     * @throws IllegalArgumentException if name or shape are out of range
     * @throws NativeCallException if the kernel has not enough memory, or the policy names a node that it cannot use
     */
    public static EmbeddingTable anonymous(String name, long rows, int dim, RowFormat format, MemoryPolicy policy) {
        TableHeader header = new TableHeader(name, new TableShape(rows, dim, format), TableFileDescriptor.STATE_OPEN);
        return new EmbeddingTable(name, header.shape(), NativeMemory.allocate(header.shape().dataBytes(), policy));
    }

    /**
     * Makes a table of float32 zeros in a new file whose space is allocated at once.
     *
     * @param path the file, which must not exist
     * @param name the table's name, 1 to 1024 bytes of UTF-8
     * @param rows number of rows, 1 to 2^42
     * @param dim floats a row, 1 to 2^20; the table has at most 64 TiB
     * @return the owner of the mapping, writable
     * @throws IllegalArgumentException if name or shape are out of range
     * @throws StoreException if the file exists or cannot be written, or the disk is full; no file is left
     */
    public static EmbeddingTable create(Path path, String name, long rows, int dim) {
        return create(path, name, rows, dim, Allocation.PREALLOCATED);
    }

    /**
     * Makes a table of float32 zeros in a new file.
     *
     * @param path the file, which must not exist
     * @param name the table's name, 1 to 1024 bytes of UTF-8
     * @param rows number of rows, 1 to 2^42
     * @param dim floats a row, 1 to 2^20; the table has at most 64 TiB
     * @param allocation when disk blocks are allocated
     * @return the owner of the mapping, writable
     * @throws IllegalArgumentException if name or shape are out of range
     * @throws StoreException if the file exists or cannot be written, or the disk is full; no file is left
     */
    public static EmbeddingTable create(Path path, String name, long rows, int dim, Allocation allocation) {
        return create(path, name, rows, dim, RowFormat.F32, allocation);
    }

    /**
     * Makes a table of zero bytes in a new file.
     *
     * @param path the file, which must not exist
     * @param name the table's name, 1 to 1024 bytes of UTF-8
     * @param rows number of rows, 1 to 2^42
     * @param dim elements a row, 1 to 2^20, even for {@link RowFormat#I4}; the table has at most 64 TiB
     * @param format how rows are stored
     * @param allocation when disk blocks are allocated
     * @return the owner of the mapping, writable
     * @throws IllegalArgumentException if name or shape are out of range
     * @throws StoreException if the file exists or cannot be written, or the disk is full; no file is left
     */
    public static EmbeddingTable create(Path path, String name, long rows, int dim, RowFormat format,
            Allocation allocation) {
        TableHeader header = new TableHeader(name, new TableShape(rows, dim, format), TableFileDescriptor.STATE_OPEN);
        Objects.requireNonNull(allocation, "allocation");
        long fileBytes = TableFileDescriptor.fileBytes(header.shape().dataBytes());
        NewFile.create(path, fileBytes, channel -> {
            if (allocation == Allocation.SPARSE) {
                FileSpace.extendSparse(path, fileBytes);
            } else {
                FileSpace.preallocate(path, fileBytes);
            }
            header.write(channel);
        });
        try {
            return map(path, header, MappedFile.Access.READ_WRITE);
        } catch (StoreException e) {
            NewFile.deleteQuietly(path);
            throw e;
        }
    }

    /**
     * Opens a sealed table file for reading. Checks the header and the file's length, in constant time; the rows are checked
     * by {@link #verify()}.
     *
     * @param path a table file
     * @return the owner of the mapping
     * @throws ModelFormatException if the file is not a whole, sealed table file, naming field, found and expected
     * @throws StoreException if the file cannot be read
     */
    public static EmbeddingTable openReadOnly(Path path) {
        return map(path, sealedHeader(path), MappedFile.Access.READ_ONLY);
    }

    /**
     * Opens a sealed table file for reading, and for writing rows that only this table shows: the file does not change. A page of
     * 4 KiB that holds a written row becomes memory of this process; all others are shared with everybody who maps the file.
     * {@link #makeReadOnly()} ends the writing.
     *
     * @param path a table file
     * @return the owner of the mapping, writable
     * @throws ModelFormatException if the file is not a whole, sealed table file, naming field, found and expected
     * @throws StoreException if the file cannot be read
     */
    public static EmbeddingTable openCopyOnWrite(Path path) {
        return map(path, sealedHeader(path), MappedFile.Access.COPY_ON_WRITE);
    }

    private static TableHeader sealedHeader(Path path) {
        TableHeader header = TableHeader.read(path);
        if (!header.isSealed()) {
            throw new ModelFormatException(path, "state",
                    "found open, expected sealed; its writer has not called seal(), or did not live to. Open it writable and seal it, or restore it from a copy");
        }
        return header;
    }

    /**
     * Opens a table file for reading and writing. A sealed file is marked open on the device before this returns, so
     * that its checksums never vouch for rows they have not seen. Not for files that somebody else has mapped.
     *
     * @param path a table file, sealed or open
     * @return the owner of the mapping, writable
     * @throws ModelFormatException if the file is not a whole table file, naming field, found and expected
     * @throws StoreException if the file cannot be written
     */
    public static EmbeddingTable openWritable(Path path) {
        TableHeader header = TableHeader.read(path).withState(TableFileDescriptor.STATE_OPEN);
        writeHeader(path, header);
        return map(path, header, MappedFile.Access.READ_WRITE);
    }

    private static EmbeddingTable map(Path path, TableHeader header, MappedFile.Access access) {
        MappedFile file;
        try {
            file = MappedFile.mapExactly(path, access, TableFileDescriptor.fileBytes(header.shape().dataBytes()));
        } catch (IllegalArgumentException e) {
            throw new ModelFormatException(path, "file length", e.getMessage() + "; it changed while it was opened");
        } catch (NativeCallException e) {
            throw StoreException.reading(path, e);
        }
        // The name may lead to another file by now than the one whose header was checked.
        MemorySegment checked = MemorySegment.ofBuffer(header.encode());
        if (file.segment().asSlice(0, checked.byteSize()).mismatch(checked) != -1) {
            file.close();
            throw new ModelFormatException(path, "header", "it changed while the file was opened; open it again");
        }
        return new EmbeddingTable(header, file, access);
    }

    private static void writeHeader(Path path, TableHeader header) {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            header.write(channel);
            channel.force(true);
        } catch (IOException e) {
            throw StoreException.writing(path, TableFileDescriptor.HEADER_BYTES, e);
        }
    }

    /**
     * Returns the size of the rows of a table of float32 in memory.
     *
     * @param rows number of rows, 1 to 2^42
     * @param dim floats a row, 1 to 2^20
     * @return {@code rows * rowStrideBytes}; a file has at most 2 MiB and 4 bytes a MiB more
     * @throws IllegalArgumentException if the shape is out of range
     */
    public static long bytes(long rows, int dim) {
        return bytes(rows, dim, RowFormat.F32);
    }

    /**
     * Returns the size of the rows of a table.
     *
     * @param rows number of rows, 1 to 2^42
     * @param dim elements a row, 1 to 2^20, even for {@link RowFormat#I4}
     * @param format how rows are stored
     * @return {@code rows * rowStrideBytes}; a file has at most 2 MiB and 4 bytes a MiB more
     * @throws IllegalArgumentException if the shape is out of range
     */
    public static long bytes(long rows, int dim, RowFormat format) {
        return new TableShape(rows, dim, format).dataBytes();
    }

    /**
     * Returns the memory that holds the rows.
     *
     * @return a segment that lives until {@link #close()}, read-only unless {@link #isWritable()}; row 0 begins at
     *     {@link #dataOffset()}
     */
    public MemorySegment segment() {
        return segment;
    }

    /**
     * Returns where row 0 begins.
     *
     * @return byte offset in {@link #segment()}, a multiple of 64
     */
    public long dataOffset() {
        return dataOffset;
    }

    /**
     * Returns the number of rows.
     *
     * @return at least 1
     */
    public long rows() {
        return shape.rows();
    }

    /**
     * Returns the length of a row.
     *
     * @return elements a row, at least 1
     */
    public int dim() {
        return shape.dim();
    }

    /**
     * Returns the distance between rows.
     *
     * @return bytes from one row to the next
     */
    public long rowStrideBytes() {
        return rowStrideBytes;
    }

    /**
     * Returns how elements are stored.
     *
     * @return the row format
     */
    public RowFormat rowFormat() {
        return shape.format();
    }

    /**
     * Returns where a row begins.
     *
     * @param row row number
     * @return byte offset in {@link #segment()}
     * @throws IndexOutOfBoundsException if the table has no such row, naming table, row and number of rows
     */
    public long rowOffset(long row) {
        if (row < 0 || row >= shape.rows()) {
            throw new IndexOutOfBoundsException("table " + name + ": row " + row + ", expected 0 to " + (rows() - 1));
        }
        return dataOffset + row * rowStrideBytes;
    }

    /**
     * Returns whether rows may be written.
     *
     * @return {@code false} after opening read-only, {@link #seal()} and {@link #makeReadOnly()}
     */
    public boolean isWritable() {
        return writable;
    }

    /**
     * Returns whether rows come from a file.
     *
     * @return {@code false} for a table in anonymous memory
     */
    public boolean isFileBacked() {
        return file != null;
    }

    /**
     * Returns the length of the file, which {@link Prefault} counts.
     *
     * @return bytes, holes included; 0 for an anonymous table
     */
    public long fileBytes() {
        return file == null ? 0 : segment.byteSize();
    }

    /** Returns what finds the holes of the file, if it has any and the rows are those of the file. */
    Optional<HoleFinder> holes() {
        if (file == null || copyOnWrite) {
            return Optional.empty();
        }
        if (writable) {
            try {
                // Puts every row that was written where the file system can tell it from a hole.
                file.force();
            } catch (NativeCallException e) {
                throw StoreException.writing(file.path(), segment.byteSize(), e);
            }
        }
        return file.nextHole(0) < segment.byteSize() ? Optional.of(new HoleFinder(file)) : Optional.empty();
    }

    MappedFile file() {
        return file;
    }

    /**
     * Returns the table's name.
     *
     * @return as given at creation
     */
    public String name() {
        return name;
    }

    /**
     * Tells the kernel how the rows will be accessed. For anonymous tables it decides about pages touched from now on.
     *
     * @param advice the expected use
     * @return whether the kernel took the advice
     */
    public boolean advise(Advice advice) {
        return memory instanceof NativeMemory anonymous ? anonymous.advise(advice) : file.advise(advice);
    }

    /**
     * Reads a file-backed table into memory, so that lookups do not fault. Holes of a sparse file are left out. Does nothing for an
     * anonymous table.
     *
     * @throws StoreException if the device cannot supply a page
     */
    public void prefault() {
        prefault(MemoryPolicy.DEFAULT);
    }

    /**
     * Reads a file-backed table into memory, its pages placed on NUMA nodes by a policy. Pages that are in memory already stay
     * where they are. Holes of a sparse file are left out. Does nothing for an anonymous table.
     *
     * @param policy where pages are placed; where the kernel forbids policies, as by {@link MemoryPolicy#DEFAULT}
     * @throws StoreException if the device cannot supply a page
     * @throws NativeCallException if the policy names a node that has no memory or is not allowed
     * @throws IllegalStateException if the policy is not the default and the calling thread is virtual
     */
    public void prefault(MemoryPolicy policy) {
        prefault(policy, Prefault.unlimited());
    }

    /**
     * Reads a file-backed table into memory as {@link #prefault(MemoryPolicy)} does, at a pace.
     *
     * @param policy where pages are placed; where the kernel forbids policies, as by {@link MemoryPolicy#DEFAULT}
     * @param pace rate and progress
     * @throws StoreException if the device cannot supply a page, or the thread is interrupted
     * @throws NativeCallException if the policy names a node that has no memory or is not allowed
     * @throws IllegalStateException if the policy is not the default and the calling thread is virtual
     */
    public void prefault(MemoryPolicy policy, Prefault pace) {
        if (file == null) {
            return;
        }
        if (policy.mode() == MemoryPolicy.Mode.DEFAULT) {
            read(pace);
            return;
        }
        // The kernel places pages of a file by the policy of the thread that reads them, not by that of the mapping.
        try (ThreadMemoryPolicy set = NumaMemory.system().setForThread(policy)) {
            read(pace);
            if (set.isSet()) {
                memoryPolicy = policy;
            }
        }
    }

    private void read(Prefault pace) {
        try {
            pace.read(file);
        } catch (NativeCallException e) {
            throw StoreException.reading(file.path(), e);
        }
    }

    /**
     * Puts copies of the first rows, in huge pages of this process, in the place of the file's pages: lookups of them miss the TLB less
     * and no other process evicts them. {@link #segment()} stays as it is, and other threads may look rows up meanwhile. Worth it
     * where rows that are used often come first, as dictionaries number them. Does nothing for an anonymous table, for one that
     * is written to its file, and for files under 2 MiB.
     *
     * @param maxBytes what to copy at most; rounded down to 2 MiB unless the file is smaller
     * @param policy where copies are placed; where the kernel forbids policies, as by {@link MemoryPolicy#DEFAULT}
     * @return bytes that were copied
     * @throws StoreException if the device cannot supply a page, or memory is refused
     * @throws IllegalStateException if the table is closed
     */
    public long copyFirstRows(long maxBytes, MemoryPolicy policy) {
        long fileBytes = fileBytes();
        if (fileBytes < TableFileDescriptor.HUGE_PAGE_BYTES || writable && !copyOnWrite) {
            return 0;
        }
        long bytes = maxBytes >= fileBytes ? fileBytes : maxBytes & -TableFileDescriptor.HUGE_PAGE_BYTES;
        try {
            file.copyToHugePages(0, bytes, policy);
        } catch (NativeCallException e) {
            throw StoreException.reading(file.path(), e);
        }
        return bytes;
    }

    /**
     * Keeps the pages of a file-backed table in memory, those that are there and others from when they come, until it is closed. Never
     * fails: what the system does not allow is told in the log ({@code org.dlrm4j.os}), with limit and remedy. Does nothing for an
     * anonymous table.
     *
     * @return whether pages are kept
     * @throws IllegalStateException if the table is closed
     */
    public boolean lock() {
        return file != null && file.lock();
    }

    /**
     * Returns the policy that the table's pages were placed by. A table that is bound to a node is looked up fastest by
     * threads of that node.
     *
     * @return what {@link #anonymous} or {@link #prefault(MemoryPolicy)} was given, {@link MemoryPolicy#DEFAULT} without
     *     either or where the kernel forbade it
     */
    public MemoryPolicy memoryPolicy() {
        return memoryPolicy;
    }

    /**
     * Makes the file complete: computes all checksums, waits for the device, and marks the file sealed last. From then on
     * this table is read-only; segments fetched earlier must not be written any more. Reads the rows but not the holes of a sparse
     * file, and writes 4 bytes a MiB.
     *
     * @throws IllegalStateException if the table is anonymous, read-only, copy-on-write or closed
     * @throws StoreException if the device reports an error; the file is still open
     */
    public void seal() {
        requireFile();
        if (!writable || copyOnWrite) {
            throw new IllegalStateException("table " + name + ": " + file.path()
                    + (copyOnWrite ? " does not have what was written here" : " is sealed or read-only already"));
        }
        try {
            // Also puts every row that was written where the file system can tell it from a hole.
            file.force();
            BlockChecksums.compute(file, shape);
            file.force();
        } catch (NativeCallException e) {
            throw StoreException.writing(file.path(), segment.byteSize(), e);
        }
        writeHeader(file.path(), new TableHeader(name, shape, TableFileDescriptor.STATE_SEALED));
        makeReadOnly();
    }

    /**
     * Ends writing without making anything durable. Segments fetched earlier must not be written any more. A second call does nothing.
     */
    public void makeReadOnly() {
        writable = false;
        segment = segment.asReadOnly();
    }

    /**
     * Reads the whole file and checks it against its checksums. Holes of a sparse file are not read.
     *
     * @throws ModelFormatException if it is damaged, naming file, block, byte range and row range
     * @throws StoreException if the device cannot supply a byte
     * @throws IllegalStateException if the table is anonymous, not sealed, copy-on-write or closed
     */
    public void verify() {
        verifyRows(0, rows());
    }

    /**
     * Checks some rows: reads the blocks of 1 MiB that hold them, and the checksums. Lets an application check a large table piece by
     * piece, those rows first that it needs first.
     *
     * @param from first row
     * @param to end of the rows, more than {@code from}
     * @throws ModelFormatException if a block is damaged, naming file, block, byte range and row range
     * @throws StoreException if the device cannot supply a byte
     * @throws IndexOutOfBoundsException if the table does not have these rows
     * @throws IllegalStateException if the table is anonymous, not sealed or closed
     */
    public void verifyRows(long from, long to) {
        TableVerification verification = verification();
        long begin = rowOffset(from) - dataOffset;
        long last = rowOffset(to - 1) - dataOffset + rowStrideBytes - 1;
        if (from >= to) {
            throw new IndexOutOfBoundsException("table " + name + ": rows [" + from + ", " + to + ") are none");
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(TableVerification.BUFFER_BYTES);
            verification.checkHead(buffer);
            verification.checkBlocks(begin / TableFileDescriptor.BLOCK_BYTES,
                    last / TableFileDescriptor.BLOCK_BYTES + 1, buffer);
        }
    }

    TableVerification verification() {
        requireSealed();
        return new TableVerification(file, name, shape);
    }

    /**
     * Returns the CRC32C over header and block checksums, which stand for all of the file. Reads 4 bytes a MiB, not the rows.
     *
     * @return an unsigned 32-bit number
     * @throws IllegalStateException if the table is anonymous, not sealed, copy-on-write or closed
     */
    public int checksum() {
        requireSealed();
        return BlockChecksums.ofHeaderAndList(segment, shape);
    }

    private void requireSealed() {
        requireFile();
        if (writable || copyOnWrite) {
            throw new IllegalStateException("table " + name + ": " + file.path() + (copyOnWrite
                    ? " was opened copy-on-write, checksums are those of the file; open it read-only"
                    : " has no checksums before seal()"));
        }
    }

    private void requireFile() {
        if (file == null) {
            throw new IllegalStateException(
                    "table " + name + ": anonymous, expected a file-backed table; TableFiles.write makes one");
        }
    }

    /**
     * Releases the memory or the mapping. A second call does nothing. Does not seal.
     *
     * @throws IllegalStateException if another thread is using the segment in a native or channel call; nothing is freed
     */
    @Override
    public void close() {
        try {
            memory.close();
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
