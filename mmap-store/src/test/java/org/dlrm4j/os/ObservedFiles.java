package org.dlrm4j.os;

import java.io.IOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.WatchService;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.spi.FileSystemProvider;
import java.util.Set;

/**
 * The default file system, with an observer of all calls on its files: those of {@code java.nio.file}, of file channels and of
 * {@link FileCalls}. Code that is given a path of {@link #path} is observed with everything that it derives from the path.
 */
public final class ObservedFiles extends FileSystem {
    private static final FileSystem REAL = FileSystems.getDefault();

    private final ObservedProvider provider;

    public ObservedFiles(FileObserver observer) {
        provider = new ObservedProvider(this, observer);
    }

    /** Returns a file's path in this file system. */
    public Path path(Path real) {
        return (Path) Proxy.newProxyInstance(ObservedFiles.class.getClassLoader(), new Class<?>[]{Path.class},
                new ObservedPath(this, real));
    }

    /** Returns a file's path in the default file system. */
    static Path real(Path path) {
        return Proxy.isProxyClass(path.getClass()) ? ((ObservedPath) Proxy.getInvocationHandler(path)).real : path;
    }

    private record ObservedPath(ObservedFiles files, Path real) implements InvocationHandler {
        @Override
        public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
            if (method.getName().equals("getFileSystem")) {
                return files;
            }
            for (int i = 0; arguments != null && i < arguments.length; i++) {
                if (arguments[i] instanceof Path path) {
                    arguments[i] = ObservedFiles.real(path);
                }
            }
            try {
                Object result = method.invoke(real, arguments);
                return result instanceof Path path ? files.path(path) : result;
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        }
    }

    @Override
    public FileSystemProvider provider() {
        return provider;
    }

    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean isOpen() {
        return true;
    }

    @Override
    public boolean isReadOnly() {
        return false;
    }

    @Override
    public String getSeparator() {
        return REAL.getSeparator();
    }

    @Override
    public Iterable<Path> getRootDirectories() {
        throw new UnsupportedOperationException();
    }

    @Override
    public Iterable<FileStore> getFileStores() {
        return REAL.getFileStores();
    }

    @Override
    public Set<String> supportedFileAttributeViews() {
        return REAL.supportedFileAttributeViews();
    }

    @Override
    public Path getPath(String first, String... more) {
        return path(REAL.getPath(first, more));
    }

    @Override
    public PathMatcher getPathMatcher(String syntaxAndPattern) {
        return REAL.getPathMatcher(syntaxAndPattern);
    }

    @Override
    public UserPrincipalLookupService getUserPrincipalLookupService() {
        return REAL.getUserPrincipalLookupService();
    }

    @Override
    public WatchService newWatchService() throws IOException {
        return REAL.newWatchService();
    }
}
