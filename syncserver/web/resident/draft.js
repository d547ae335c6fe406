(function(){var d=document,f=d.getElementById('f'),n=d.getElementById('unsent'),k='yuexin '+location.pathname.toUpperCase(),L,s,w=/radio|checkbox/;
try{L=localStorage;s=JSON.parse(L.getItem(k))}catch(e){}
if(!L)return;
function each(go){[].forEach.call(f.elements,function(e){if(e.name&&e.name!='agree'&&!/hidden|submit/.test(e.type))go(e)})}
function keep(){var v={},any;each(function(e){if(w.test(e.type)?e.checked:e.value){(v[e.name]=v[e.name]||[]).push(e.value);any=1}});
try{any?L.setItem(k,JSON.stringify({t:Date.now(),s:f.slip.value,v:v})):L.removeItem(k)}catch(e){}}
if(s&&Date.now()-s.t>6048e5){L.removeItem(k);s=0}
if(s&&f.hasAttribute('data-new')){each(function(e){var v=s.v[e.name];if(v)w.test(e.type)?e.checked=v.indexOf(e.value)>=0:e.value=v[0]});f.slip.value=s.s;n.hidden=false}
f.oninput=f.onchange=keep;
each(function(e){if(w.test(e.type)?e.checked!=e.defaultChecked:e.defaultValue!=null&&e.value!=e.defaultValue)s=1});if(s)keep();
d.getElementById('forget').addEventListener('click',function(){L.removeItem(k);location.replace(location.href)})})()
