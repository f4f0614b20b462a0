using System.Text.Json;
using System.Xml.Linq;
using Shop.Tests.Support;

namespace Shop.Tests.Unit.SupplyChain;

/// <summary>The licenses of all packages that the build has restored.</summary>
public sealed class PackageLicenseTests
{
    [Fact]
    public void Packages_of_all_projects_have_licenses_that_are_allowed()
    {
        var packages = Directory.GetFiles(Repository.Root, "*.csproj", SearchOption.AllDirectories)
            .Select(project => Path.Combine(Path.GetDirectoryName(project)!, "obj", "project.assets.json"))
            .Where(File.Exists)
            .SelectMany(ReadPackages)
            .Distinct()
            .ToList();
        Assert.Contains(packages, package => package.Nuspec.EndsWith("masstransit.nuspec", StringComparison.OrdinalIgnoreCase));
        Assert.Contains(packages, package => package is { IsShipped: false });

        Assert.Empty(packages.Select(package => PackageLicenses.GetViolation(XDocument.Load(package.Nuspec), package.IsShipped))
            .OfType<string>().Distinct());
    }

    [Theory]
    [InlineData("<license type=\"expression\">GPL-3.0-only</license>", "Bad: GPL-3.0-only")]
    [InlineData("<license type=\"expression\">MIT AND AGPL-3.0-only</license>", "Bad: MIT AND AGPL-3.0-only")]
    [InlineData("<license type=\"file\">EULA.txt</license>", "Bad: EULA.txt")]
    [InlineData("<licenseUrl>https://example.com/commercial</licenseUrl>", "Bad: https://example.com/commercial")]
    [InlineData("", "Bad: no license")]
    [InlineData("<license type=\"expression\">MPL-2.0</license>", "Bad: MPL-2.0")]
    [InlineData("<license type=\"expression\">Apache-2.0 OR MPL-2.0</license>", null)]
    public void Package_is_refused_unless_its_license_is_allowed(string license, string? violation) =>
        Assert.Equal(violation, PackageLicenses.GetViolation(CreateNuspec("Bad", license), isShipped: true));

    [Fact]
    public void Package_for_tests_only_is_refused_in_an_image()
    {
        var nuspec = CreateNuspec("Deque.AxeCore.Commons", "<license type=\"expression\">MPL-2.0</license>");

        Assert.Null(PackageLicenses.GetViolation(nuspec, isShipped: false));
        Assert.Equal("Deque.AxeCore.Commons: MPL-2.0", PackageLicenses.GetViolation(nuspec, isShipped: true));
    }

    private static XDocument CreateNuspec(string id, string license) =>
        XDocument.Parse($"<package xmlns=\"urn:nuspec\"><metadata><id>{id}</id>{license}</metadata></package>");

    private static IEnumerable<(string Nuspec, bool IsShipped)> ReadPackages(string assets)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(assets));
        var folders = json.RootElement.GetProperty("packageFolders").EnumerateObject().Select(folder => folder.Name).ToList();
        var isShipped = ApplicationProjects.Libraries.Concat(ApplicationProjects.Services)
            .Contains(Path.GetFileName(Path.GetDirectoryName(Path.GetDirectoryName(assets))));
        return
        [
            .. from library in json.RootElement.GetProperty("libraries").EnumerateObject()
               where library.Value.GetProperty("type").GetString() == "package"
               let path = library.Value.GetProperty("path").GetString()!
               let nuspec = library.Value.GetProperty("files").EnumerateArray().Select(file => file.GetString()!)
                   .Single(file => file.EndsWith(".nuspec", StringComparison.Ordinal))
               select (folders.Select(folder => Path.Combine(folder, path, nuspec)).First(File.Exists), isShipped),
        ];
    }
}
