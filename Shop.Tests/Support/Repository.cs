namespace Shop.Tests.Support;

internal static class Repository
{
    public static string Root { get; } = Find(new DirectoryInfo(AppContext.BaseDirectory));

    private static string Find(DirectoryInfo directory) => File.Exists(Path.Combine(directory.FullName, "Shop.sln")) ? directory.FullName : Find(directory.Parent!);
}
