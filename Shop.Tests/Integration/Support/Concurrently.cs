namespace Shop.Tests.Integration.Support;

/// <summary>Runs requests of several clients at the same time.</summary>
internal static class Concurrently
{
    private static readonly ParallelOptions _clients = new() { MaxDegreeOfParallelism = 8 };

    public static Task ForEachAsync<T>(IEnumerable<T> items, Func<T, Task> action) =>
        Parallel.ForEachAsync(items, _clients, async (item, _) => await action(item));

    public static Task ForEachAsync<T>(IAsyncEnumerable<T> items, Func<T, Task> action) =>
        Parallel.ForEachAsync(items, _clients, async (item, _) => await action(item));
}
