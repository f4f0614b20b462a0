namespace Shop.AppHost.Infrastructure;

/// <summary>
/// The keys that protect personal data: <c>personal-data-key-1</c>, and one more for each rotation. Services encrypt with the last one.
/// </summary>
internal sealed class PersonalDataKeys
{
    private const string Prefix = "personal-data-key-";

    private readonly BackingServices _backingServices;

    // Parameters, and the secrets of keys that were added since the start of the application: a resource cannot be added any more.
    private readonly List<object> _keys = [];

    private int _current;

    /// <summary>Adds the first key and those that earlier rotations have added.</summary>
    public PersonalDataKeys(BackingServices backingServices)
    {
        _backingServices = backingServices;
        do
        {
            _keys.Add(backingServices.AddSecret(GetNextName()).Resource);
        }
        while (backingServices.HasSecret(GetNextName()));

        _current = _keys.Count;
    }

    /// <summary>Generates and stores a key. Services can decrypt with it when they have started again.</summary>
    /// <returns>The number of the key.</returns>
    public int Add()
    {
        _keys.Add(_backingServices.CreateSecret(GetNextName()));
        return _keys.Count;
    }

    /// <summary>Makes services encrypt with the last key when they have started again.</summary>
    public void UseLast() => _current = _keys.Count;

    /// <summary>Sets the environment of a service that encrypts and decrypts. Called each time that the service starts.</summary>
    public void Set(IDictionary<string, object> environment)
    {
        const string Setting = "Shop__PersonalData__";
        foreach (var (index, key) in _keys.Index())
        {
            environment[$"{Setting}Keys__{index + 1}"] = key;
        }

        environment[$"{Setting}CurrentKey"] = $"{_current}";
    }

    private string GetNextName() => $"{Prefix}{_keys.Count + 1}";
}

internal static class PersonalDataKeysExtensions
{
    /// <summary>Makes a service encrypt and decrypt personal data.</summary>
    public static IResourceBuilder<ProjectResource> WithPersonalDataKeys(
        this IResourceBuilder<ProjectResource> service, PersonalDataKeys keys) =>
        service.WithEnvironment(context => keys.Set(context.EnvironmentVariables));
}
