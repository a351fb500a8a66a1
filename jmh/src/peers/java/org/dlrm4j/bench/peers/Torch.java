package org.dlrm4j.bench.peers;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.openblas.global.openblas;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/** libtorch through JavaCPP: set-up and tensors over our memory. Temporary tensors belong in a {@code PointerScope}. */
final class Torch {
    private Torch() {}

    /** A native address as JavaCPP wants it. */
    private static final class Address extends Pointer {
        Address(MemorySegment segment, long byteOffset) {
            super();
            address = segment.address() + byteOffset;
        }
    }

    /** Limits libtorch and its BLAS to the calling thread. */
    static void useOneThread() {
        torch.set_num_threads(1);
        torch.set_num_interop_threads(1);
        openblas.blas_set_num_threads(1);
    }

    /** Returns the version from the library's manifest, without loading its native part. */
    static String version() {
        return Tensor.class.getPackage().getImplementationVersion();
    }

    /** Makes a tensor of floats that is the segment's memory; the segment must outlive it. */
    static Tensor floats(MemorySegment segment, long byteOffset, long... sizes) {
        requireRoom(segment, byteOffset, Float.BYTES, sizes);
        return torch.from_blob(new Address(segment, byteOffset), sizes, new TensorOptions(torch.ScalarType.Float));
    }

    /** Makes a tensor of 64-bit integers that is the segment's memory; the segment must outlive it. */
    static Tensor longs(MemorySegment segment, long byteOffset, long... sizes) {
        requireRoom(segment, byteOffset, Long.BYTES, sizes);
        return torch.from_blob(new Address(segment, byteOffset), sizes, new TensorOptions(torch.ScalarType.Long));
    }

    /** Makes a tensor of {@code rows × columns} floats that lie {@code strideBytes} apart. */
    static Tensor rows(MemorySegment segment, long rows, long columns, long strideBytes) {
        requireRoom(segment, 0, 1, (rows - 1) * strideBytes + columns * Float.BYTES);
        return torch.from_blob(new Address(segment, 0), new long[]{rows, columns},
                new long[]{strideBytes / Float.BYTES, 1}, new TensorOptions(torch.ScalarType.Float));
    }

    private static void requireRoom(MemorySegment segment, long byteOffset, long elementBytes, long... sizes) {
        long bytes = elementBytes;
        for (long size : sizes) {
            bytes *= size;
        }
        if (byteOffset + bytes > segment.byteSize()) {
            throw new IndexOutOfBoundsException(
                    "a tensor of " + bytes + " bytes at byte " + byteOffset + " of a segment of " + segment.byteSize());
        }
    }

    /** Copies a tensor's floats. */
    static float[] copy(Tensor tensor) {
        final Tensor whole = tensor.contiguous();
        final int count = Math.toIntExact(whole.numel());
        return MemorySegment.ofAddress(whole.data_ptr().address()).reinterpret((long) count * Float.BYTES)
                .toArray(ValueLayout.JAVA_FLOAT);
    }
}
