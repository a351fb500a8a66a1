package org.dlrm4j.data;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EarlySyncTest {
    @TempDir
    Path directory;

    @Test
    void aSyncThatFailsIsTold() throws Exception {
        FileChannel channel = FileChannel.open(directory.resolve("file"), StandardOpenOption.CREATE,
                StandardOpenOption.WRITE);
        EarlySync sync = new EarlySync(channel);
        sync.await();
        sync.wrote(EarlySync.BYTES);
        sync.await();
        channel.close();
        sync.wrote(EarlySync.BYTES - 1);
        sync.await();
        sync.wrote(1);
        IOException failure = assertThrows(IOException.class, sync::await);
        assertInstanceOf(ClosedChannelException.class, failure.getCause());
    }
}
