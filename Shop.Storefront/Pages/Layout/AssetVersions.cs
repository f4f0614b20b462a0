using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Shop.Storefront.Pages.Layout;

/// <summary>
/// The addresses of the files in <c>wwwroot</c>. Each has the hash of its content, so that browsers may keep the file for a year.
/// </summary>
internal sealed class AssetVersions(IWebHostEnvironment environment)
{
    /// <summary>The query parameter with the hash.</summary>
    public const string Version = "v";

    private readonly ConcurrentDictionary<string, string> _paths = new();

    /// <summary>Returns the path of a file and its version.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public string GetPath(string file) => environment.IsDevelopment() ? Compute(file) : _paths.GetOrAdd(file, Compute);

    private string Compute(string file)
    {
        using var content = environment.WebRootFileProvider.GetFileInfo(file).CreateReadStream();
        return $"/{file}?{Version}={Convert.ToHexStringLower(SHA256.HashData(content))[..12]}";
    }
}
