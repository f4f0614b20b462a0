using System.Runtime.Versioning;
using Aspire.Hosting;
using Shop.AppHost.Infrastructure;
using Shop.AppHost.Infrastructure.Local;

namespace Shop.Tests.Unit.AppHost;

/// <summary>The keys of personal data that services get from the AppHost.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class PersonalDataKeysTests : IDisposable
{
    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("shop-tests-");

    public void Dispose() => _data.Delete(recursive: true);

    [Fact]
    public void First_start_has_one_key_and_uses_it() =>
        Assert.Equal(["CurrentKey=1", "Keys__1"], Describe(CreateKeys()));

    [Fact]
    public void Next_start_after_a_rotation_has_all_keys_and_uses_the_last_one()
    {
        File.WriteAllText(Path.Combine(_data.FullName, "shop-data.txt"), "");
        foreach (var name in (string[])["personal-data-key-1", "personal-data-key-2"])
        {
            File.WriteAllText(Path.Combine(_data.FullName, $"{name}.secret"), new string('k', 48));
        }

        Assert.Equal(["CurrentKey=2", "Keys__1", "Keys__2"], Describe(CreateKeys()));
    }

    [Fact]
    public void Key_that_is_added_is_stored_at_once_and_not_used_before_all_services_have_it()
    {
        var keys = CreateKeys();

        Assert.Equal(2, keys.Add());

        Assert.True(File.Exists(Path.Combine(_data.FullName, "personal-data-key-2.secret")));
        Assert.Equal(["CurrentKey=1", "Keys__1", "Keys__2"], Describe(keys));
        keys.UseLast();
        Assert.Equal(["CurrentKey=2", "Keys__1", "Keys__2"], Describe(keys));
    }

    private PersonalDataKeys CreateKeys() => new(new LocalBackingServices(DistributedApplication.CreateBuilder([]), _data.FullName));

    private static IEnumerable<string> Describe(PersonalDataKeys keys)
    {
        var environment = new Dictionary<string, object>();
        keys.Set(environment);
        return environment.Select(variable => (Name: variable.Key["Shop__PersonalData__".Length..], variable.Value))
            .Select(setting => setting.Name == "CurrentKey" ? $"CurrentKey={setting.Value}" : setting.Name)
            .Order(StringComparer.Ordinal);
    }
}
