#!/usr/bin/env bash
# java: null checks by SIGSEGV, many threads, garbage collection, a process builder, exit hooks
# Needs: java javac
# Unlike: *.class
prepare() {
  cat >Work.java <<'JAVA'
import java.util.*;
import java.util.concurrent.*;
import java.util.stream.*;

public class Work {
  static String field;
  static int length(String s) {
    try { return s.length(); } catch (NullPointerException e) { return -1; }
  }
  static int deep(int n) { return deep(n + 1) + 1; }
  public static void main(String[] args) throws Exception {
    long sum = 0;
    for (int i = 0; i < 200000; i++) sum += length(i % 1000 == 0 ? null : "abc");
    System.out.println(sum);
    try { deep(0); } catch (StackOverflowError e) { System.out.println("stack overflow"); }
    ExecutorService pool = Executors.newFixedThreadPool(24);
    List<Future<Integer>> all = new ArrayList<>();
    for (int i = 0; i < 200; i++) { final int n = i; all.add(pool.submit(() -> new byte[n * 10000].length)); }
    long bytes = 0;
    for (Future<Integer> f : all) bytes += f.get();
    pool.shutdown();
    System.out.println(bytes);
    System.out.println(IntStream.range(0, 1000000).parallel().mapToLong(n -> n * 3L).sum());
    for (int i = 0; i < 5; i++) {
      Process p = new ProcessBuilder("sh", "-c", "exit " + i).start();
      System.out.println(p.waitFor());
    }
    System.gc();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("hook")));
    System.exit(5);
  }
}
JAVA
}
run() {
  javac Work.java
  java Work || echo "status $?"
  java -Xint Work || echo "status $?"
}
"$1"
