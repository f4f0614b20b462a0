using System.Collections.Concurrent;

namespace Shop.Telemetry.Sampling;

/// <summary>
/// Caches the results of a pure function for the first 4096 keys. Later keys are computed on each call, so that memory stays bounded if
/// keys are generated at run time. Routes and event names are constants in the code and are far fewer. A hit allocates nothing.
/// </summary>
internal sealed class BoundedCache<TKey, TValue>(Func<TKey, TValue> valueFactory) where TKey : notnull
{
    private const int Capacity = 4096;

    private readonly ConcurrentDictionary<TKey, TValue> _values = new();

    public TValue GetOrCompute(TKey key)
    {
        if (_values.TryGetValue(key, out var value))
        {
            return value;
        }

        value = valueFactory(key);
        if (_values.Count < Capacity)
        {
            _values[key] = value;
        }

        return value;
    }
}
