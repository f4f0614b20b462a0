namespace Shop.Tests.Support;

/// <summary>The repository that the tests were built from.</summary>
internal static class Repository
{
    /// <summary>The path of the directory with Shop.sln.</summary>
    public static string Root { get; } = FindRoot(new DirectoryInfo(AppContext.BaseDirectory));

    private static string FindRoot(DirectoryInfo directory) =>
        File.Exists(Path.Combine(directory.FullName, "Shop.sln")) ? directory.FullName : FindRoot(directory.Parent!);
}
